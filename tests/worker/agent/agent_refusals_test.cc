// What a coordinator may not do, and what comes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <functional>
#include <string>

#include "proto/fleet.pb.h"
#include "tests/support/agent_fixture.h"
#include "worker/agent/agent.h"

namespace invocator {
namespace {

using Kind = FakeCoordinator::Kind;
using Session = FakeCoordinator::Session;
using testing::HasSubstr;

class AgentRefusalsTest : public AgentFixture {};

struct WaitCase {
  const char* name;
  std::function<void(AgentPatience&)> shorten;
  std::function<void(Session&)> say;
  const char* words;
};

class PatienceTest : public AgentFixture,
                     public testing::WithParamInterface<WaitCase> {};

void PrintTo(const WaitCase& c, std::ostream* out) { *out << c.name; }

TEST_P(PatienceTest, EndsAtItsTime) {
  GetParam().shorten(options_.patience);
  Serve([](Session& session) {
    session.Await(Kind::kHello);
    GetParam().say(session);
    while (session.Await(Kind::KIND_NOT_SET)) {  // until the worker leaves
    }
    return grpc::Status::OK;
  });
  const absl::Status status = Join();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().words));
}

Plan PlanWithPayload() {
  Plan plan = ShortPlan();
  plan.payload_sets = {{"body"}};
  plan.instances[0].payload_set = 0;
  return plan;
}

INSTANTIATE_TEST_SUITE_P(
    Agent, PatienceTest,
    testing::Values(
        WaitCase{"no welcome", [](AgentPatience& p) { p.welcome = kShort; },
                 [](Session&) {}, "to welcome us"},
        WaitCase{"no assignment",
                 [](AgentPatience& p) { p.assignment = kShort; },
                 [](Session& s) { s.SayWelcome(); }, "to hand out the shares"},
        WaitCase{"no payload", [](AgentPatience& p) { p.chunk = kShort; },
                 [](Session& s) {
                   s.SayWelcome();
                   s.SayAssignment(PlanWithPayload(), kNowhere);
                 },
                 "to send payloads and timestamps"},
        WaitCase{"no start", [](AgentPatience& p) { p.start = kShort; },
                 [](Session& s) {
                   s.SayWelcome();
                   s.SayAssignment(ShortPlan(), kNowhere);
                 },
                 "to start"},
        WaitCase{"no end", [](AgentPatience& p) { p.close = kShort; },
                 [](Session& s) {
                   s.PlayUntilStart(ShortPlan(), kNowhere);
                   s.AwaitReport(wire::Report::kDone);
                 },
                 "to close the stream"}));

TEST_F(AgentRefusalsTest, ACoordinatorThatTalksOnIsToldOnceAndThenLeft) {
  options_.patience.close = absl::Milliseconds(300);
  int messages = 0;
  Serve([&](Session& session) {
    session.Await(Kind::kHello);
    for (int i = 0; i < 100; ++i) session.SayStart(0);
    while (session.Await(Kind::kFailure)) {  // until the worker leaves
    }
    messages = static_cast<int>(session.seen().size());
    return grpc::Status::OK;
  });
  EXPECT_EQ(Join().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(messages, 2);  // the Hello and one Failure
}

struct OrderCase {
  const char* name;
  std::function<void(Session&)> say;
};

class AgentOrderTest : public AgentFixture,
                       public testing::WithParamInterface<OrderCase> {};

void PrintTo(const OrderCase& c, std::ostream* out) { *out << c.name; }

TEST_P(AgentOrderTest, IsAnsweredByAFailure) {
  wire::Failure failure;
  const absl::Status status = JoinToBeTold(GetParam().say, &failure);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(failure.code(),
            static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(failure.message(), std::string(status.message()));
}

void SayChunk(Session& session, const std::string& data) {
  wire::CoordinatorMessage message;
  message.mutable_payload_chunk()->set_data(data);
  session.Send(message);
}

INSTANTIATE_TEST_SUITE_P(
    Agent, AgentOrderTest,
    testing::Values(
        OrderCase{"an assignment before the welcome",
                  [](Session& s) { s.SayAssignment(ShortPlan(), kNowhere); }},
        OrderCase{"two welcomes",
                  [](Session& s) {
                    s.SayWelcome();
                    s.SayWelcome();
                  }},
        OrderCase{"an empty message",
                  [](Session& s) { s.Send(wire::CoordinatorMessage()); }},
        OrderCase{"a start before the assignment",
                  [](Session& s) {
                    s.SayWelcome();
                    s.SayStart(100'000'000);
                  }},
        OrderCase{"a payload before the assignment",
                  [](Session& s) {
                    s.SayWelcome();
                    SayChunk(s, "x");
                  }},
        OrderCase{"two assignments",
                  [](Session& s) {
                    s.SayWelcome();
                    s.SayAssignment(PlanWithPayload(), kNowhere);
                    s.SayAssignment(PlanWithPayload(), kNowhere);
                  }},
        OrderCase{"a start before the payloads",
                  [](Session& s) {
                    s.SayWelcome();
                    s.SayAssignment(PlanWithPayload(), kNowhere);
                    s.SayStart(100'000'000);
                  }},
        OrderCase{"more payload than announced",
                  [](Session& s) {
                    s.SayWelcome();
                    s.SayAssignment(PlanWithPayload(), kNowhere);
                    SayChunk(s, "body and more");
                  }},
        OrderCase{"a payload after the last",
                  [](Session& s) {
                    s.SayWelcome();
                    s.SayAssignment(PlanWithPayload(), kNowhere);
                    SayChunk(s, "body");
                    SayChunk(s, "body");
                  }},
        OrderCase{"a resume of what was not broken",
                  [](Session& s) {
                    s.PlayUntilStart(LongPlan(), kNowhere);
                    s.SayResume(0);
                  }},
        OrderCase{"an acknowledgement of what was not sent",
                  [](Session& s) {
                    s.PlayUntilStart(LongPlan(), kNowhere);
                    s.SayAck(1'000);
                  }},
        OrderCase{"more for one that cannot be extended",
                  [](Session& s) {
                    s.PlayUntilStart(LongPlan(), kNowhere);
                    s.SayExtend(1, {0, 0, 1}, 0);
                  }},
        OrderCase{"a welcome in the middle of the run",
                  [](Session& s) {
                    s.PlayUntilStart(LongPlan(), kNowhere);
                    s.AwaitReport(wire::Report::kRecords);
                    s.SayWelcome();
                  }},
        OrderCase{
            "an assignment of garbage",
            [](Session& s) {
              s.SayWelcome();
              wire::CoordinatorMessage message;
              message.mutable_assignment()->mutable_plan()->set_duration_s(-1);
              s.Send(message);
            }},
        OrderCase{"an assignment that is empty", [](Session& s) {
                    s.SayWelcome();
                    wire::CoordinatorMessage message;
                    message.mutable_assignment();
                    s.Send(message);
                  }}));

TEST_F(AgentRefusalsTest, MissingCredentialsAreTheWorkersFailure) {
  for (const char* name :
       {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
    unsetenv(name);
  }
  Plan plan = ShortPlan();
  plan.instances[0].signing = SigningScope{"us-west-1", "execute-api"};
  wire::Failure failure;
  const absl::Status status = JoinToBeTold(
      [&](Session& session) {
        session.SayWelcome();
        session.SayAssignment(plan, kNowhere);
      },
      &failure);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(failure.message(), HasSubstr("AWS_ACCESS_KEY_ID"));
}

}  // namespace
}  // namespace invocator
