#include "worker/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/digest.h"
#include "common/protocol.h"
#include "common/record_codec.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/plans.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

using Kind = FakeCoordinator::Kind;
using Session = FakeCoordinator::Session;
using testing::HasSubstr;

constexpr absl::Duration kShort = absl::Milliseconds(50);

constexpr char kNowhere[] = "http://127.0.0.1:1";

// Every 10 ms, 20 times.
Plan ShortPlan() {
  return PlanOf({ListInstance("f", std::vector<double>(20, 0.01), 0.5)}, 0.5);
}

// Every 10 ms for a minute.
Plan LongPlan() {
  return PlanOf({ListInstance("f", std::vector<double>(6'000, 0.01), 60)}, 60);
}

class AgentTest : public testing::Test {
 protected:
  AgentTest() {
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
    const absl::Status status = agent_->Join(coordinator_->channel());
    coordinator_.reset();
    return status;
  }
  // Says what a coordinator may not, and returns the Failure that comes of it.
  absl::Status JoinToBeTold(std::function<void(Session&)> say,
                            wire::Failure* failure) {
    Serve([say, failure](Session& session) {
      session.Await(Kind::kHello);
      say(session);
      const auto message = session.Await(Kind::kFailure);
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

ScriptedServer::Script AlwaysOk() {
  return [](ScriptedServer::Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  };
}

TEST_F(AgentTest, PlaysItsShareAndReportsAllOfIt) {
  ScriptedServer target(AlwaysOk());
  const Plan plan = ShortPlan();
  wire::Hello hello;
  std::vector<wire::WorkerMessage> seen;
  Serve([&](Session& session) {
    hello = session.Await(Kind::kHello)->hello();
    session.SayWelcome();
    session.SayPing(41);
    EXPECT_EQ(session.Await(Kind::kClockPong)->clock_pong().number(), 41u);
    session.SayAssignment(plan, target.url());
    session.Await(Kind::kReady);
    session.SayStart(100'000'000);
    EXPECT_TRUE(session.Await(Kind::kDone));
    seen = session.seen();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(hello.name(), "tested");
  EXPECT_EQ(hello.threads(), 2u);
  EXPECT_EQ(hello.protocol_version(), kProtocolVersion);

  uint64_t sent = 0, ok = 0, digest = 0, progress_number = 0, batch_number = 0;
  std::set<uint64_t> sequences;
  for (const wire::WorkerMessage& message : seen) {
    if (message.has_progress()) {
      EXPECT_EQ(message.progress().number(), ++progress_number);
      for (const auto& delta : message.progress().instances()) {
        sent += delta.sent();
        ok += delta.outcomes(static_cast<int>(Outcome::kOk));
        digest += delta.sent_digest();
      }
    } else if (message.has_records()) {
      EXPECT_EQ(message.records().number(), ++batch_number);
      EXPECT_TRUE(DecodeRecords(message.records(), 1, [&](const Record& r) {
                    sequences.insert(r.sequence);
                  }).ok());
    }
  }
  uint64_t planned_digest = 0;
  const auto stream = MakeArrivalStream(plan.instances[0].arrivals);
  while (const auto arrival = stream->Next()) {
    planned_digest +=
        DigestTerm(HashName("f"), arrival->sequence, arrival->scheduled_ns);
  }
  EXPECT_EQ(sent, 20u);
  EXPECT_EQ(ok, 20u);
  EXPECT_EQ(digest, planned_digest);
  EXPECT_EQ(sequences.size(), 20u);
  const wire::Done& done = seen.back().done();
  EXPECT_TRUE(done.schedule_exhausted());
  EXPECT_EQ(done.engines_size(), 2);
  EXPECT_GE(done.ended_ns(), done.last_sent_ns());
  EXPECT_GE(done.last_sent_ns(), 200'000'000);
  EXPECT_GT(done.max_rss_bytes(), 0u);
}

TEST_F(AgentTest, AStartInThePastIsMissedAndTheNextOneTaken) {
  ScriptedServer target(AlwaysOk());
  int64_t late_ns = 0;
  Serve([&](Session& session) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    session.SayAssignment(ShortPlan(), target.url());
    session.Await(Kind::kReady);
    session.SayStart(-5'000'000);
    late_ns = session.Await(Kind::kStartMissed)->start_missed().late_ns();
    session.SayStart(100'000'000);
    EXPECT_TRUE(session.Await(Kind::kDone));
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_GE(late_ns, 5'000'000);
}

TEST_F(AgentTest, AStopEndsTheSendingAndTheRestIsReported) {
  ScriptedServer target(AlwaysOk());
  wire::Done done;
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.Await(Kind::kProgress);
    session.SayStop(/*now=*/false);
    done = session.Await(Kind::kDone)->done();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_FALSE(done.schedule_exhausted());
  EXPECT_LT(done.ended_ns(), 30'000'000'000);
}

TEST_F(AgentTest, AskedToStopItDrainsAndReports) {
  ScriptedServer target(AlwaysOk());
  bool exhausted = true;
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.Await(Kind::kProgress);
    agent_->RequestStop();
    exhausted = session.Await(Kind::kDone)->done().schedule_exhausted();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_FALSE(exhausted);
}

TEST_F(AgentTest, AskedToStopBeforeTheStartItLeaves) {
  wire::Failure failure;
  const absl::Status status = JoinToBeTold(
      [&](Session& session) {
        session.SayWelcome();
        agent_->RequestStop();
      },
      &failure);
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(failure.code(), static_cast<int>(absl::StatusCode::kCancelled));
}

TEST_F(AgentTest, AskedToStopBeforeTheWelcomeItLeavesAtOnce) {
  Serve([&](Session& session) {
    session.Await(Kind::kHello);
    agent_->RequestStop();
    session.Await(Kind::kFailure);
    return grpc::Status::OK;
  });
  EXPECT_EQ(Join().code(), absl::StatusCode::kCancelled);
}

TEST_F(AgentTest, ACoordinatorThatDiesEndsTheSending) {
  std::atomic<int> requests = 0;
  ScriptedServer target([&](ScriptedServer::Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      ++requests;
      connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  std::thread killer;
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.Await(Kind::kRecords);
    killer = std::thread([this] { coordinator_->Die(); });
    while (session.Await(Kind::kDone)) {
    }
    return grpc::Status::OK;
  });
  agent_ = std::make_unique<Agent>(options_, steady_, wall_);
  const int64_t start_ns = steady_.NowNs();
  EXPECT_FALSE(agent_->Join(coordinator_->channel()).ok());
  EXPECT_LT(steady_.NowNs() - start_ns, 30'000'000'000);  // of 60 s
  killer.join();
  EXPECT_GT(requests, 0);
  EXPECT_LT(requests, 5'000);
}

TEST_F(AgentTest, ACoordinatorThatClosesMidRunEndsTheSending) {
  ScriptedServer target(AlwaysOk());
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.Await(Kind::kRecords);
    return grpc::Status(grpc::StatusCode::ABORTED, "enough");
  });
  EXPECT_EQ(Join(), absl::AbortedError("enough"));
}

TEST_F(AgentTest, HowTheCoordinatorEndedTheStreamIsReturned) {
  Serve([](Session& session) {
    session.Await(Kind::kHello);
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "no place");
  });
  EXPECT_EQ(Join(), absl::FailedPreconditionError("no place"));
}

TEST_F(AgentTest, ACoordinatorThatIsNotThereIsWaitedForInVain) {
  options_.patience.welcome = kShort;
  const auto channel = grpc::CreateChannel(RefusingUrl().substr(7),
                                           grpc::InsecureChannelCredentials());
  Agent agent(options_, steady_, wall_);
  EXPECT_EQ(agent.Join(channel).code(), absl::StatusCode::kDeadlineExceeded);
}

struct WaitCase {
  const char* name;
  std::function<void(AgentPatience&)> shorten;
  std::function<void(Session&)> say;
  const char* words;
};

class PatienceTest : public AgentTest,
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
        WaitCase{"no payload", [](AgentPatience& p) { p.payload = kShort; },
                 [](Session& s) {
                   s.SayWelcome();
                   s.SayAssignment(PlanWithPayload(), kNowhere);
                 },
                 "to send the payloads"},
        WaitCase{"no start", [](AgentPatience& p) { p.start = kShort; },
                 [](Session& s) {
                   s.SayWelcome();
                   s.SayAssignment(ShortPlan(), kNowhere);
                 },
                 "to start"},
        WaitCase{"no end", [](AgentPatience& p) { p.close = kShort; },
                 [](Session& s) {
                   s.PlayUntilStart(ShortPlan(), kNowhere);
                   s.Await(Kind::kDone);
                 },
                 "to close the stream"}));

TEST_F(AgentTest, ACoordinatorThatTalksOnIsToldOnceAndThenLeft) {
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

class AgentOrderTest : public AgentTest,
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
        OrderCase{"a second start",
                  [](Session& s) {
                    s.PlayUntilStart(LongPlan(), kNowhere);
                    s.SayStart(200'000'000);
                  }},
        OrderCase{"a welcome in the middle of the run",
                  [](Session& s) {
                    s.PlayUntilStart(LongPlan(), kNowhere);
                    s.Await(Kind::kRecords);
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

TEST_F(AgentTest, MissingCredentialsAreTheWorkersFailure) {
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
