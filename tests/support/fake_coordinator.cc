#include "tests/support/fake_coordinator.h"

#include <chrono>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/plan_codec.h"
#include "tests/support/plans.h"

namespace invocator {

void FakeCoordinator::Session::SayWelcome() {
  wire::CoordinatorMessage message;
  message.mutable_welcome();
  Send(message);
}

void FakeCoordinator::Session::SayAssignment(const Plan& plan,
                                             const std::string& endpoint_url) {
  wire::CoordinatorMessage message;
  wire::Assignment& assignment = *message.mutable_assignment();
  *assignment.mutable_plan() = ToWire(plan);
  for (const Share& share : WholeShares(plan)) {
    *assignment.add_shares() = ToWire(share);
  }
  assignment.mutable_settings()->set_endpoint_url(endpoint_url);
  assignment.mutable_settings()->set_drain_ns(100'000'000);
  assignment.mutable_settings()->set_record_ratio(1);
  assignment.mutable_settings()->set_max_in_flight(8);
  Send(message);
}

void FakeCoordinator::Session::SayPing(uint64_t number) {
  wire::CoordinatorMessage message;
  message.mutable_clock_ping()->set_number(number);
  Send(message);
}

void FakeCoordinator::Session::SayStart(int64_t in_ns) {
  wire::CoordinatorMessage message;
  message.mutable_start()->set_steady_ns(SystemSteadyClock().NowNs() + in_ns);
  Send(message);
}

void FakeCoordinator::Session::SayStop(bool now) {
  wire::CoordinatorMessage message;
  message.mutable_stop()->set_now(now);
  Send(message);
}

std::optional<wire::WorkerMessage> FakeCoordinator::Session::Await(Kind kind) {
  wire::WorkerMessage message;
  while (stream_.Read(&message)) {
    seen_.push_back(message);
    if (message.kind_case() == kind) return message;
  }
  return std::nullopt;
}

void FakeCoordinator::Session::PlayUntilStart(const Plan& plan,
                                              const std::string& endpoint_url) {
  SayWelcome();
  SayAssignment(plan, endpoint_url);
  Await(Kind::kReady);
  SayStart(100'000'000);
}

FakeCoordinator::FakeCoordinator(Script script) : script_(std::move(script)) {
  grpc::ServerBuilder builder;
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

FakeCoordinator::~FakeCoordinator() { Die(); }

void FakeCoordinator::Die() {
  server_->Shutdown(std::chrono::system_clock::now());
}

grpc::Status FakeCoordinator::Join(grpc::ServerContext*,
                                   Session::Stream* stream) {
  Session session(*stream);
  return script_(session);
}

}  // namespace invocator
