// A worker and the timestamps that it plays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "common/plan/digest.h"
#include "common/wire/assignment_codec.h"
#include "common/wire/totals_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/tapes.h"

namespace invocator {
namespace {

using Kind = FakeCoordinator::Kind;
using Session = FakeCoordinator::Session;
using testing::HasSubstr;

class AgentTapesTest : public AgentFixture {};

// Every 900,001 ns, in pairs.
std::vector<int64_t> ThousandInstants() {
  std::vector<int64_t> instants_ns;
  for (int64_t i = 0; i < 1'000; ++i) instants_ns.push_back(i / 2 * 1'800'002);
  return instants_ns;
}

Plan TwoTapes() {
  Plan plan = PlanOf({TapeInstance("f", ThousandInstants(), 1),
                      TapeInstance("g", {500'000'000}, 1)},
                     1);
  plan.payload_sets = {{"body"}};
  plan.instances[0].payload_set = 0;
  return plan;
}

TEST_F(AgentTapesTest, PlaysEveryTimestampAtItsInstant) {
  ScriptedServer target(AlwaysOk());
  uint64_t sent = 0, digest = 0;
  bool exhausted = false;
  Serve([&](Session& session) {
    session.PlayUntilStart(TwoTapes(), target.url());
    const auto done = session.AwaitReport(wire::Report::kDone);
    exhausted = done && done->done().schedule_exhausted();
    for (const wire::WorkerMessage& message : session.seen()) {
      for (const auto& delta : message.report().progress().instances()) {
        sent += TotalsDelta(delta).sent();
        digest += delta.sent_digest();
      }
    }
    return grpc::Status::OK;
  });
  EXPECT_EQ(Join(), absl::OkStatus());
  uint64_t planned = DigestTerm(HashName("g"), 0, 500'000'000);
  const std::vector<int64_t> instants_ns = ThousandInstants();
  for (size_t i = 0; i < instants_ns.size(); ++i) {
    planned += DigestTerm(HashName("f"), i, instants_ns[i]);
  }
  EXPECT_TRUE(exhausted);
  EXPECT_EQ(sent, 1'001u);
  EXPECT_EQ(digest, planned);
}

TEST_F(AgentTapesTest, WithoutRoomForThemItFailsBeforeAnythingIsPlayed) {
  options_.outbox.spill_folder = "/nonexistent/folder";
  wire::Failure failure;
  const absl::Status status = JoinToBeTold(
      [](Session& session) {
        session.SayWelcome();
        session.SayAssignment(TwoTapes(), kNowhere);
      },
      &failure);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(failure.message(), HasSubstr("/nonexistent/folder"));
}

TEST_F(AgentTapesTest, ItWaitsForTimestampsAsForPayloads) {
  options_.patience.chunk = kShort;
  Serve([](Session& session) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    session.SayAssignment(PlanOf({TapeInstance("f", ThousandInstants(), 1)}, 1),
                          kNowhere);
    while (session.Await(Kind::KIND_NOT_SET)) {  // until the worker leaves
    }
    return grpc::Status::OK;
  });
  const absl::Status status = Join();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("to send payloads and timestamps"));
}

struct RefusalCase {
  const char* says;
  std::function<void(Session&)> say;
};

class AgentTapeRefusalsTest : public AgentFixture,
                              public testing::WithParamInterface<RefusalCase> {
};

void PrintTo(const RefusalCase& c, std::ostream* out) { *out << c.says; }

TEST_P(AgentTapeRefusalsTest, IsAnsweredByAFailure) {
  wire::Failure failure;
  const absl::Status status = JoinToBeTold(GetParam().say, &failure);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(failure.code(),
            static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(failure.message(), HasSubstr(GetParam().says));
}

void SayTape(Session& session, uint32_t instance, const std::string& data) {
  wire::CoordinatorMessage message;
  message.mutable_tape_chunk()->set_instance(instance);
  message.mutable_tape_chunk()->set_data(data);
  session.Send(message);
}

void SayBody(Session& session) {
  wire::CoordinatorMessage message;
  message.mutable_payload_chunk()->set_data("body");
  session.Send(message);
}

// The whole plan, with only these tapes announced.
void SayAnnouncing(Session& session, const Plan& plan,
                   const std::vector<uint32_t>& tapes,
                   const std::vector<Share>& shares, bool extensible) {
  wire::CoordinatorMessage message;
  wire::Assignment& assignment = *message.mutable_assignment();
  RunSettings settings;
  settings.endpoint_url = kNowhere;
  settings.max_in_flight = 8;
  settings.extensible = extensible;
  assignment = ToWire(plan, settings);
  AddShares(plan, shares, assignment);
  assignment.mutable_tapes()->Assign(tapes.begin(), tapes.end());
  session.Send(message);
}

// g alone, whose tape is one instant.
Plan OneTape() {
  return PlanOf(
      {TapeInstance("f", ThousandInstants(), 1), TapeInstance("g", {5}, 1)}, 1);
}

INSTANTIATE_TEST_SUITE_P(
    Agent, AgentTapeRefusalsTest,
    testing::Values(
        RefusalCase{"TapeChunk",
                    [](Session& s) {
                      s.SayWelcome();
                      SayTape(s, 0, "x");
                    }},
        RefusalCase{"TapeChunk",  // before the bodies
                    [](Session& s) {
                      s.SayWelcome();
                      s.SayAssignment(TwoTapes(), kNowhere);
                      SayTape(s, 0, "x");
                    }},
        RefusalCase{"PayloadChunk",  // once it is ready
                    [](Session& s) {
                      s.SayWelcome();
                      s.SayAssignment(TwoTapes(), kNowhere);
                      s.SayChunks(TwoTapes());
                      SayBody(s);
                    }},
        RefusalCase{"TapeChunk",  // once it is ready
                    [](Session& s) {
                      s.SayWelcome();
                      s.SayAssignment(TwoTapes(), kNowhere);
                      s.SayChunks(TwoTapes());
                      SayTape(s, 1, "x");
                    }},
        RefusalCase{"body 0 in set 0, expected none any more",
                    [](Session& s) {
                      s.SayWelcome();
                      s.SayAssignment(TwoTapes(), kNowhere);
                      SayBody(s);
                      SayTape(s, 0, "\x01");
                      SayBody(s);
                    }},
        RefusalCase{"instance 1, expected instance 0",
                    [](Session& s) {
                      s.SayWelcome();
                      s.SayAssignment(TwoTapes(), kNowhere);
                      SayBody(s);
                      SayTape(s, 1, "\x01");
                    }},
        RefusalCase{"which lacks 1",
                    [](Session& s) {
                      s.SayWelcome();
                      s.SayAssignment(OneTape(), kNowhere, {{1, 0, 1}},
                                      /*extensible=*/false);
                      SayTape(s, 1, "\x01\x01");
                    }},
        RefusalCase{"Start",
                    [](Session& s) {
                      s.SayWelcome();
                      s.SayAssignment(OneTape(), kNowhere);
                      s.SayStart(100'000'000);
                    }},
        RefusalCase{"instance 1 after those of 1",
                    [](Session& s) {
                      s.SayWelcome();
                      SayAnnouncing(s, OneTape(), {1, 1}, {{1, 0, 1}}, false);
                    }},
        RefusalCase{
            "share of instance 0, whose timestamps were not announced",
            [](Session& s) {
              s.SayWelcome();
              SayAnnouncing(s, OneTape(), {1}, {{0, 0, 1}, {1, 0, 1}}, false);
            }},
        RefusalCase{"share of instance 0, whose timestamps were not announced",
                    [](Session& s) {
                      s.SayWelcome();
                      SayAnnouncing(s, OneTape(), {1}, {{1, 0, 1}}, true);
                      SayTape(s, 1, "\x05");
                      s.Await(Kind::kReady);
                      s.SayExtend(1, {0, 0, 1}, 0);
                    }}));

}  // namespace
}  // namespace invocator
