// An agent with a fake coordinator, over an in-process channel.
#ifndef INVOCATOR_TESTS_SUPPORT_AGENT_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_AGENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/fake_coordinator.h"
#include "tests/support/plans.h"
#include "tests/support/scripted_server.h"
#include "worker/agent/agent.h"

namespace invocator {

inline constexpr absl::Duration kShort = absl::Milliseconds(50);

inline constexpr char kNowhere[] = "http://127.0.0.1:1";

// Every 10 ms, 20 times.
inline Plan ShortPlan() {
  return PlanOf({ListInstance("f", std::vector<double>(20, 0.01), 0.5)}, 0.5);
}

// Every 10 ms for a minute.
inline Plan LongPlan() {
  return PlanOf({ListInstance("f", std::vector<double>(6'000, 0.01), 60)}, 60);
}

class AgentFixture : public testing::Test {
 protected:
  AgentFixture() {
    options_.name = "tested";
    options_.threads = 2;
    options_.file_limit = 1'024;
    options_.patience.close = absl::Seconds(10);
  }

  void Serve(FakeCoordinator::Script script) {
    coordinator_ = std::make_unique<FakeCoordinator>(std::move(script));
  }
  // Joins; the script has ended when it returns.
  absl::Status Join() {
    agent_ = std::make_unique<Agent>(options_, steady_, wall_);
    const absl::Status status =
        agent_->Join([this] { return coordinator_->channel(); });
    coordinator_.reset();
    return status;
  }
  // Says what a coordinator may not, and returns the Failure that comes of it.
  absl::Status JoinToBeTold(std::function<void(FakeCoordinator::Session&)> say,
                            wire::Failure* failure) {
    Serve([say, failure](FakeCoordinator::Session& session) {
      session.Await(FakeCoordinator::Kind::kHello);
      say(session);
      const auto message = session.Await(FakeCoordinator::Kind::kFailure);
      if (message) *failure = message->failure();
      return grpc::Status(grpc::StatusCode::UNKNOWN, "as you say");
    });
    return Join();
  }

  const SystemSteadyClock steady_;
  const SystemWallClock wall_;
  AgentOptions options_;
  std::unique_ptr<FakeCoordinator> coordinator_;
  std::unique_ptr<Agent> agent_;
};

inline ScriptedServer::Script AlwaysOk() {
  return [](ScriptedServer::Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  };
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_AGENT_FIXTURE_H_
