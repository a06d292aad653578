// A worker whose stream breaks, whose lease ends, or that gets more to play.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "common/wire/record_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/agent_fixture.h"

namespace invocator {
namespace {

using Kind = FakeCoordinator::Kind;
using Session = FakeCoordinator::Session;

constexpr int64_t kS = 1'000'000'000;

// Every 100 ms, 20 times: longer than the second after which records are sent.
Plan TwoSecondPlan() {
  return PlanOf({ListInstance("f", std::vector<double>(20, 0.1), 2.5)}, 2.5);
}

class RejoinTest : public AgentFixture {
 protected:
  // From Hello to the start, with a lease.
  void Start(Session& session, const Plan& plan, int64_t lease_ns) {
    session.Await(Kind::kHello);
    wire::CoordinatorMessage welcome;
    welcome.mutable_welcome()->set_member_key("key");
    session.Send(welcome);
    session.SayAssignment(plan, target_.url());
    session.Await(Kind::kReady);
    session.SayPing(1, steady_.NowNs() + lease_ns);
    session.SayStart(100'000'000);
    session.Await(Kind::kStartArmed);
  }
  // Notes the sequences of a report's records.
  void Note(const wire::Report& report) {
    numbers_.push_back(report.number());
    if (!report.has_records()) return;
    EXPECT_TRUE(DecodeRecords(report.records(), 1, [&](const Record& r) {
                  EXPECT_TRUE(sequences_.insert(r.sequence).second)
                      << r.sequence;
                }).ok());
  }
  // Takes reports until Done.
  std::optional<wire::Done> NoteAll(Session& session) {
    while (const auto message = session.Await(Kind::kReport)) {
      Note(message->report());
      if (message->report().has_done()) return message->report().done();
    }
    return std::nullopt;
  }

  ScriptedServer target_{AlwaysOk()};
  std::atomic<int> streams_ = 0;
  std::vector<uint64_t> numbers_;
  std::set<uint64_t> sequences_;
};

const grpc::Status kBroken(grpc::StatusCode::UNAVAILABLE, "broken");

TEST_F(RejoinTest, WhatWasNotMergedIsSentAgainAndTheRunGoesOn) {
  wire::Rejoin rejoin;
  Serve([&](Session& session) {
    if (streams_++ == 0) {
      Start(session, TwoSecondPlan(), 30 * kS);
      // The first is merged, the second is not; no Ack comes through.
      Note(*session.AwaitReport(wire::Report::kRecords));
      session.AwaitReport(wire::Report::kRecords);
      return kBroken;
    }
    rejoin = session.Await(Kind::kRejoin)->rejoin();
    session.SayResume(1);
    EXPECT_TRUE(NoteAll(session)->schedule_exhausted());
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(streams_, 2);
  EXPECT_EQ(rejoin.member_key(), "key");
  EXPECT_EQ(sequences_.size(), 20u);
  for (size_t i = 0; i < numbers_.size(); ++i) EXPECT_EQ(numbers_[i], i + 1);
}

TEST_F(RejoinTest, AStreamThatBreaksAgainIsDialledAgain) {
  Serve([&](Session& session) {
    if (streams_++ == 0) {
      Start(session, ShortPlan(), 30 * kS);
      return kBroken;
    }
    session.Await(Kind::kRejoin);
    if (streams_ < 4) return kBroken;
    session.SayResume(0);
    EXPECT_TRUE(NoteAll(session)->schedule_exhausted());
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(streams_, 4);
  EXPECT_EQ(sequences_.size(), 20u);
}

TEST_F(RejoinTest, AWorkerThatIsNotTakenBackEnds) {
  Serve([&](Session& session) {
    if (streams_++ == 0) {
      Start(session, LongPlan(), 30 * kS);
      return kBroken;
    }
    session.Await(Kind::kRejoin);
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "given up");
  });
  EXPECT_EQ(Join(), absl::FailedPreconditionError("given up"));
}

TEST_F(RejoinTest, ASilentCoordinatorIsDialledAnew) {
  Serve([&](Session& session) {
    if (streams_++ == 0) {
      Start(session, LongPlan(), 5 * kS);
      // Says nothing until the worker has gone.
      while (session.Await(Kind::kFailure)) {
      }
      return grpc::Status::OK;
    }
    session.Await(Kind::kRejoin);
    return grpc::Status(grpc::StatusCode::ABORTED, "it dialled");
  });
  EXPECT_EQ(Join(), absl::AbortedError("it dialled"));
}

TEST_F(RejoinTest, ItTellsHowManyExtendsItHasTaken) {
  uint64_t extends = 0;
  Serve([&](Session& session) {
    if (streams_++ == 0) {
      session.Await(Kind::kHello);
      session.SayWelcome();
      session.SayAssignment(LongPlan(), target_.url(), {{0, 0, 3}},
                            /*extensible=*/true);
      session.Await(Kind::kReady);
      session.SayPing(1, steady_.NowNs() + 30 * kS);
      session.SayStart(100'000'000);
      session.SayExtend(1, {0, 1, 3}, 50 * kS);
      session.SayExtend(2, {0, 2, 3}, 50 * kS);
      session.SayPing(2, steady_.NowNs() + 30 * kS);
      // Messages are taken in their order.
      for (int64_t answered = 0; answered != 2;) {
        answered = session.Await(Kind::kClockPong)->clock_pong().sent_ns();
      }
      return kBroken;
    }
    extends = session.Await(Kind::kRejoin)->rejoin().extends();
    return grpc::Status(grpc::StatusCode::ABORTED, "thanks");
  });
  EXPECT_EQ(Join(), absl::AbortedError("thanks"));
  EXPECT_EQ(extends, 2u);
}

TEST_F(RejoinTest, WithoutALeaseABrokenStreamIsTheEnd) {
  Serve([&](Session& session) {
    ++streams_;
    session.Await(Kind::kHello);
    session.PlayUntilStart(LongPlan(), target_.url());
    session.AwaitReport(wire::Report::kRecords);
    return kBroken;
  });
  EXPECT_EQ(Join().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(streams_, 1);
}

TEST_F(RejoinTest, NothingIsSentAfterTheLease) {
  std::optional<wire::Done> done;
  Serve([&](Session& session) {
    Start(session, LongPlan(), kS);
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  const absl::Status ended = Join();
  EXPECT_EQ(ended.code(), absl::StatusCode::kAborted) << ended;
  EXPECT_THAT(std::string(ended.message()), testing::HasSubstr("lease ended"));
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->schedule_exhausted());
  EXPECT_TRUE(done->lease_ended());
  EXPECT_GT(done->last_sent_ns(), 0);
  EXPECT_LT(done->last_sent_ns(), kS);  // the start came after the lease
}

TEST_F(RejoinTest, WhatIsPlayedMayTakeLongerThanTheWaitForTheStart) {
  options_.patience.start = absl::Seconds(1);
  std::optional<wire::Done> done;
  Serve([&](Session& session) {
    Start(session, TwoSecondPlan(), 30 * kS);
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_TRUE(done && done->schedule_exhausted());
}

TEST_F(RejoinTest, ALaterPingMovesTheLease) {
  std::optional<wire::Done> done;
  Serve([&](Session& session) {
    Start(session, ShortPlan(), 200'000'000);
    session.SayPing(2, steady_.NowNs() + 30 * kS);
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_TRUE(done && done->schedule_exhausted() && !done->lease_ended());
}

TEST_F(RejoinTest, WhatIsAddedIsPlayedFromItsInstantOn) {
  std::optional<wire::Done> done;
  Serve([&](Session& session) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    session.SayAssignment(ShortPlan(), target_.url(), {{0, 0, 2}},
                          /*extensible=*/true);
    session.Await(Kind::kReady);
    session.SayStart(100'000'000);
    session.SayExtend(1, {0, 1, 2}, /*from_ns=*/95'000'000);
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  ASSERT_TRUE(done);
  EXPECT_EQ(done->extends(), 1u);
  EXPECT_TRUE(done->schedule_exhausted());
  // The even ones, and of the odd ones (due at 20 ms, 40 ms, ...) those from
  // 100 ms on.
  std::set<uint64_t> expected;
  for (uint64_t i = 0; i < 20; i += 2) expected.insert(i);
  for (uint64_t i = 9; i < 20; i += 2) expected.insert(i);
  EXPECT_EQ(sequences_, expected);
}

}  // namespace
}  // namespace invocator
