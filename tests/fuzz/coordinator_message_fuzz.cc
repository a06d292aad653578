// Anything a coordinator may say to a worker, in any order and at any stage:
// the worker does as it says, or ends its stay, and is free again. The first
// byte decides how far the two get before.
//
// Assignments are left out (assignment_fuzz has them): nobody is to be called
// but a port of this machine where nobody listens.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/process/log.h"
#include "tests/fuzz/message_list.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/plans.h"
#include "worker/agent/agent.h"

namespace invocator {
namespace {

using Session = FakeCoordinator::Session;

constexpr char kNowhere[] = "http://127.0.0.1:1";

// What the coordinator says in this run.
struct Input {
  int stage = 0;
  std::vector<wire::CoordinatorMessage> messages;
};
Input* input = nullptr;

grpc::Status Speak(Session& session) {
  static const Plan plan = PlanOf({ListInstance("f", {0.001}, 0.01)}, 0.01);
  session.Await(FakeCoordinator::Kind::kHello);
  if (input->stage > 0) session.SayWelcome();
  if (input->stage > 1) {
    session.SayAssignment(plan, kNowhere, {{0, 0, 1}}, /*extensible=*/true);
    session.Await(FakeCoordinator::Kind::kReady);
  }
  if (input->stage > 2) {
    session.SayPing(1, SystemSteadyClock().NowNs() + 1'000'000'000);
    session.SayStart(1'000'000);
  }
  for (const wire::CoordinatorMessage& message : input->messages) {
    if (!message.has_assignment()) session.Send(message);
  }
  return grpc::Status::OK;
}

AgentOptions Options() {
  AgentOptions options;
  options.name = "w";
  options.file_limit = 256;
  for (absl::Duration* patience :
       {&options.patience.welcome, &options.patience.assignment,
        &options.patience.chunk, &options.patience.start,
        &options.patience.close}) {
    *patience = absl::Milliseconds(100);
  }
  return options;
}

}  // namespace
}  // namespace invocator

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;
  if (size == 0) return 0;
  static FakeCoordinator& coordinator = []() -> FakeCoordinator& {
    Log().set_level(spdlog::level::off);
    return *new FakeCoordinator(Speak);
  }();
  static const std::shared_ptr<grpc::Channel>& channel =
      *new auto(coordinator.channel());
  static const SystemSteadyClock steady;
  static const SystemWallClock wall;
  Input now{data[0] % 4,
            ReadMessages<wire::CoordinatorMessage>(data + 1, size - 1)};
  input = &now;
  Agent agent(Options(), steady, wall);
  agent.Join([] { return channel; }).IgnoreError();
  return 0;
}
