#include "worker/agent/agent.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/digest.h"
#include "common/wire/protocol.h"
#include "common/wire/record_codec.h"
#include "common/wire/totals_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/agent_fixture.h"

namespace invocator {
namespace {

using Kind = FakeCoordinator::Kind;
using Session = FakeCoordinator::Session;

class AgentTest : public AgentFixture {};

TEST_F(AgentTest, PlaysItsShareAndReportsAllOfIt) {
  ScriptedServer target(AlwaysOk());
  const Plan plan = ShortPlan();
  wire::Hello hello;
  std::vector<wire::WorkerMessage> seen;
  Serve([&](Session& session) {
    hello = session.Await(Kind::kHello)->hello();
    session.SayWelcome();
    session.SayPing(41);
    EXPECT_EQ(session.Await(Kind::kClockPong)->clock_pong().sent_ns(), 41);
    session.SayAssignment(plan, target.url());
    session.Await(Kind::kReady);
    session.SayStart(100'000'000);
    EXPECT_TRUE(session.AwaitReport(wire::Report::kDone));
    seen = session.seen();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(hello.name(), "tested");
  EXPECT_EQ(hello.threads(), 2u);
  EXPECT_EQ(hello.protocol_version(), kProtocolVersion);

  uint64_t sent = 0, ok = 0, digest = 0, number = 0;
  std::set<uint64_t> sequences;
  for (const wire::WorkerMessage& message : seen) {
    if (!message.has_report()) continue;
    const wire::Report& report = message.report();
    EXPECT_EQ(report.number(), ++number);
    if (report.has_progress()) {
      for (const auto& delta : report.progress().instances()) {
        sent += TotalsDelta(delta).sent();
        ok += TotalsDelta(delta).outcome(Outcome::kOk);
        digest += delta.sent_digest();
      }
    } else if (report.has_records()) {
      EXPECT_TRUE(DecodeRecords(report.records(), 1, [&](const Record& r) {
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
  const wire::Done& done = seen.back().report().done();
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
    EXPECT_TRUE(session.AwaitReport(wire::Report::kDone));
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_GE(late_ns, 5'000'000);
}

TEST_F(AgentTest, AStartThatWasMissedTakesTheOneBeforeItBack) {
  ScriptedServer target(AlwaysOk());
  Serve([&](Session& session) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    session.SayAssignment(ShortPlan(), target.url());
    session.Await(Kind::kReady);
    session.SayStart(200'000'000);
    session.Await(Kind::kStartArmed);
    session.SayStart(-5'000'000);
    EXPECT_FALSE(session.Await(Kind::kStartMissed)->start_missed().begun());
    session.SayStart(600'000'000);
    // Had it begun at the first one, it would not take the last.
    EXPECT_TRUE(session.Await(Kind::kStartArmed));
    EXPECT_TRUE(session.AwaitReport(wire::Report::kDone));
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
}

TEST_F(AgentTest, AStopEndsTheSendingAndTheRestIsReported) {
  ScriptedServer target(AlwaysOk());
  wire::Done done;
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.AwaitReport(wire::Report::kProgress);
    session.SayStop(/*now=*/false);
    done = session.AwaitReport(wire::Report::kDone)->done();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_FALSE(done.schedule_exhausted());
  EXPECT_LT(done.ended_ns(), 30'000'000'000);
}

TEST_F(AgentTest, AStopBeforeThereAreEnginesHoldsForThem) {
  ScriptedServer target(AlwaysOk());
  wire::Done done;
  uint64_t sent = 0;
  Serve([&](Session& session) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    session.SayStop(/*now=*/false);
    session.SayAssignment(ShortPlan(), target.url());
    session.Await(Kind::kReady);
    session.SayStart(100'000'000);
    done = session.AwaitReport(wire::Report::kDone)->done();
    for (const wire::WorkerMessage& message : session.seen()) {
      for (const auto& delta : message.report().progress().instances()) {
        sent += TotalsDelta(delta).sent();
      }
    }
    return grpc::Status::OK;
  });
  EXPECT_EQ(Join(), absl::OkStatus());
  EXPECT_EQ(sent, 0u);
  EXPECT_FALSE(done.schedule_exhausted());
}

TEST_F(AgentTest, AskedToStopItLeavesDrainsAndReports) {
  ScriptedServer target(AlwaysOk());
  int64_t from_ns = 0;
  bool exhausted = false;
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.AwaitPlaying();
    agent_->RequestStop();
    from_ns = session.Await(Kind::kLeave)->leave().from_ns();
    exhausted =
        session.AwaitReport(wire::Report::kDone)->done().schedule_exhausted();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_GT(from_ns, 0);
  EXPECT_LT(from_ns, 30'000'000'000);
  EXPECT_TRUE(exhausted);  // of what was planned until then
}

TEST_F(AgentTest, ALeaverDoesNotWaitForThePlansEnd) {
  options_.patience.close = absl::Milliseconds(300);
  ScriptedServer target(AlwaysOk());
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.AwaitPlaying();
    agent_->RequestStop();
    while (session.Await(Kind::kFailure)) {
    }
    return grpc::Status::OK;
  });
  const absl::Status status = Join();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(status.message(),
            "the coordinator took too long to take back our later invocations");
}

TEST_F(AgentTest, WhoIsDoneStaysUntilAllIsKnownToBeTaken) {
  ScriptedServer target(AlwaysOk());
  bool stays = false;
  Serve([&](Session& session) {
    session.PlayUntilStart(ShortPlan(), target.url());
    session.AwaitReport(wire::Report::kDone);  // which is not acknowledged
    agent_->RequestStop();
    // Between some of them it looks at the request.
    for (int64_t ping = 101; ping < 150; ++ping) {
      session.SayPing(ping);
      stays = session.Await(Kind::kClockPong).has_value();
    }
    return grpc::Status(grpc::StatusCode::ABORTED, "enough");
  });
  EXPECT_EQ(Join(), absl::AbortedError("enough"));
  EXPECT_TRUE(stays);
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

TEST_F(AgentTest, AskedToStopWhileItOpensConnectionsItDoesNotWaitForThem) {
  // Who does not answer its TLS is waited for, the longer the more there are.
  ScriptedServer target([this](ScriptedServer::Connection& connection) {
    agent_->RequestStop();
    connection.AwaitEnd();
  });
  wire::Failure failure;
  const int64_t begin_ns = steady_.NowNs();
  const absl::Status status = JoinToBeTold(
      [&](Session& session) {
        session.SayWelcome();
        session.SayAssignment(ShortPlan(), "https" + target.url().substr(4),
                              {{0, 0, 1}}, /*extensible=*/true,
                              /*warm_connections=*/10'000);
      },
      &failure);
  EXPECT_EQ(failure.code(), static_cast<int>(absl::StatusCode::kCancelled));
  // The coordinator did not say that others play its share.
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_LT(steady_.NowNs() - begin_ns, 5'000'000'000);  // of 10 s
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
    session.AwaitReport(wire::Report::kRecords);
    killer = std::thread([this] { coordinator_->Die(); });
    while (session.AwaitReport(wire::Report::kDone)) {
    }
    return grpc::Status::OK;
  });
  agent_ = std::make_unique<Agent>(options_, steady_, wall_);
  const int64_t start_ns = steady_.NowNs();
  EXPECT_FALSE(agent_->Join([this] { return coordinator_->channel(); }).ok());
  EXPECT_LT(steady_.NowNs() - start_ns, 30'000'000'000);  // of 60 s
  killer.join();
  EXPECT_GT(requests, 0);
  EXPECT_LT(requests, 5'000);
}

TEST_F(AgentTest, ACoordinatorThatClosesMidRunEndsTheSending) {
  ScriptedServer target(AlwaysOk());
  Serve([&](Session& session) {
    session.PlayUntilStart(LongPlan(), target.url());
    session.AwaitReport(wire::Report::kRecords);
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
  EXPECT_EQ(agent.Join([&] { return channel; }).code(),
            absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace invocator
