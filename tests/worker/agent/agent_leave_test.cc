// A worker that is asked to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "proto/fleet.pb.h"
#include "tests/support/agent_leave_fixture.h"

namespace invocator {
namespace {

using testing::AnyOf;

// One suite, in two files.
using AgentLeaveTest = AgentLeaveFixture;

TEST_F(AgentLeaveTest, AllBeforeItsInstantIsSentAndNothingAfterIt) {
  wire::Leave leave;
  wire::Done done;
  Serve([&](Session& session) {
    Start(session, LongPlan());
    session.AwaitPlaying();
    agent_->RequestStop();
    leave = session.Await(Kind::kLeave)->leave();
    for (const auto& seen : session.seen()) Note(seen.report());
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_TRUE(agent_->left_early());
  EXPECT_GT(leave.from_ns(), 300 * kMs);
  EXPECT_EQ(leave.extends(), 0u);
  EXPECT_TRUE(done.schedule_exhausted());
  EXPECT_EQ(sequences_, SequencesBefore(leave.from_ns()));
  EXPECT_EQ(aborted_, 0);
}

// With more to come: it does not wait for that.
TEST_F(AgentLeaveTest, AStopFromAnInstantPlaysUpToItAndNamesIt) {
  wire::Done done;
  Serve([&](Session& session) {
    Start(session, LongPlan());
    session.AwaitPlaying();
    session.SayStop(/*now=*/false, 1'500 * kMs);
    for (const auto& seen : session.seen()) Note(seen.report());
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_FALSE(agent_->left_early());
  EXPECT_EQ(done.stopped_from_ns(), 1'500 * kMs);
  EXPECT_TRUE(done.schedule_exhausted());
  EXPECT_EQ(sequences_, SequencesBefore(1'500 * kMs));
}

TEST_F(AgentLeaveTest, AStopThatComesTooLateNamesALaterInstant) {
  wire::Done done;
  Serve([&](Session& session) {
    Start(session, LongPlan());
    session.AwaitPlaying();
    session.SayStop(/*now=*/false, 1);
    for (const auto& seen : session.seen()) Note(seen.report());
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_GT(done.stopped_from_ns(), 10 * kMs);
  EXPECT_TRUE(done.schedule_exhausted());
  EXPECT_EQ(sequences_, SequencesBefore(done.stopped_from_ns()));
}

TEST_F(AgentLeaveTest, ALaterStopHastensTheEnd) {
  wire::Done done;
  Serve([&](Session& session) {
    Start(session, LongPlan());
    session.AwaitPlaying();
    session.SayStop(/*now=*/false, 50 * kS);
    session.SayStop(/*now=*/false);
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(done.stopped_from_ns(), 50 * kS);
  EXPECT_FALSE(done.schedule_exhausted());
}

TEST_F(AgentLeaveTest, AStopFromAnInstantBeforeTheStartIsOutOfOrder) {
  Serve([&](Session& session) {
    Start(session, LongPlan(), 5 * kS);
    session.SayStop(/*now=*/false, 1 * kS);
    while (session.Await(Kind::KIND_NOT_SET)) {
    }
    return grpc::Status::OK;
  });
  const absl::Status status = Join();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
}

TEST_F(AgentLeaveTest, HowTheCoordinatorTookItIsReturned) {
  Serve([&](Session& session) {
    Start(session, LongPlan());
    session.AwaitPlaying();
    agent_->RequestStop();
    session.Await(Kind::kLeave);
    NoteAll(session);
    return grpc::Status(grpc::StatusCode::ABORTED, "nobody is left");
  });
  EXPECT_EQ(Join(), absl::AbortedError("nobody is left"));
}

TEST_F(AgentLeaveTest, AnExtendThatCrossesTheLeaveIsNotTaken) {
  wire::Done done;
  wire::Leave leave;
  Serve([&](Session& session) {
    Start(session, LongPlan());
    session.SayExtend(1, {0, 0, 6'000}, 50 * kS);
    session.AwaitPlaying();
    agent_->RequestStop();
    leave = session.Await(Kind::kLeave)->leave();
    session.SayExtend(2, {0, 1, 2}, 0);
    session.SayExtend(3, {0, 1, 2}, 0);
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(leave.extends(), 1u);
  EXPECT_EQ(done.extends(), 1u);
}

TEST_F(AgentLeaveTest, WithABrokenStreamTheLeaveTravelsAfterTheResume) {
  std::atomic<int> streams = 0;
  std::vector<Kind> kinds;
  Serve([&](Session& session) {
    if (streams++ == 0) {
      Start(session, LongPlan());
      session.AwaitPlaying();
      agent_->RequestStop();
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken");
    }
    session.Await(Kind::kRejoin);
    session.SayResume(0);
    NoteAll(session);
    for (const auto& seen : session.seen()) kinds.push_back(seen.kind_case());
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(streams, 2);
  ASSERT_GE(kinds.size(), 3u);
  // The request may be heeded when it is back, or before.
  const auto leave = std::find(kinds.begin(), kinds.end(), Kind::kLeave);
  EXPECT_NE(leave, kinds.end());
  EXPECT_EQ(kinds[0], Kind::kRejoin);
}

TEST_F(AgentLeaveTest, ALeaveIsToldAgainOnEveryStream) {
  std::atomic<int> streams = 0;
  std::vector<int64_t> instants;
  Serve([&](Session& session) {
    if (streams++ == 0) {
      Start(session, LongPlan());
      session.AwaitPlaying();
      agent_->RequestStop();
    } else {
      EXPECT_EQ(session.Await(Kind::kRejoin)->rejoin().extends(), 0u);
      session.SayResume(0);
    }
    instants.push_back(session.Await(Kind::kLeave)->leave().from_ns());
    if (streams < 3) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
    NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  ASSERT_EQ(instants.size(), 3u);
  EXPECT_EQ(instants[1], instants[0]);
  EXPECT_EQ(instants[2], instants[0]);
}

TEST_F(AgentLeaveTest, ALeaverComesBackToHearWhatBecameOfTheRest) {
  std::atomic<int> streams = 0;
  Serve([&](Session& session) {
    if (streams++ == 0) {
      Start(session, LongPlan());
      session.AwaitPlaying();
      agent_->RequestStop();
      uint64_t number = 0;
      while (const auto message = session.Await(Kind::kReport)) {
        number = message->report().number();
        if (message->report().has_done()) break;
      }
      session.SayAck(number);
      // It has everything, and is told nothing.
      session.SayPing(2, steady_.NowNs() + 30 * kS);
      session.Await(Kind::kClockPong);
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken");
    }
    session.Await(Kind::kRejoin);
    return grpc::Status(grpc::StatusCode::ABORTED, "nobody plays it");
  });
  EXPECT_EQ(Join(), absl::AbortedError("nobody plays it"));
}

TEST_F(AgentLeaveTest, CallsInFlightAreAwaited) {
  service_ms_ = 700;
  options_.patience.close = absl::Seconds(3);
  wire::Done done;
  Serve([&](Session& session) {
    StartWithDrain(session);
    session.AwaitPlaying();
    agent_->RequestStop();
    session.Await(Kind::kLeave);
    done = NoteAll(session);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(aborted_, 0);
  EXPECT_TRUE(done.schedule_exhausted());
}

TEST_F(AgentLeaveTest, ASecondRequestEndsAtOnce) {
  service_ms_ = 20'000;
  int64_t asked_ns = 0, done_ns = 0;
  Serve([&](Session& session) {
    StartWithDrain(session);
    session.AwaitPlaying();
    agent_->RequestStop();
    session.Await(Kind::kLeave);
    agent_->RequestStop();
    asked_ns = steady_.NowNs();
    NoteAll(session);
    done_ns = steady_.NowNs();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  is_over_ = true;
  EXPECT_LT(done_ns - asked_ns, 3 * kS);  // not 8
  EXPECT_GT(aborted_, 0);
}

TEST_F(AgentLeaveTest, AfterASecondRequestASilentCoordinatorIsNotAwaited) {
  Serve([&](Session& session) {
    Start(session, LongPlan());
    session.AwaitPlaying();
    agent_->RequestStop();
    agent_->RequestStop();
    while (session.Await(Kind::kFailure)) {
    }
    return grpc::Status::OK;
  });
  const int64_t begin_ns = steady_.NowNs();
  // By then its silence may have been noticed.
  EXPECT_THAT(Join().code(), AnyOf(absl::StatusCode::kDeadlineExceeded,
                                   absl::StatusCode::kUnavailable));
  EXPECT_LT(steady_.NowNs() - begin_ns, 8 * kS);
}

TEST_F(AgentLeaveTest, BeforeItsStartItLearnsWhetherOthersPlayItsShare) {
  struct Row {
    grpc::Status closed;
    absl::StatusCode code;
  };
  const Row rows[] = {
      {grpc::Status::OK, absl::StatusCode::kCancelled},
      {grpc::Status(grpc::StatusCode::CANCELLED, "the worker was asked"),
       absl::StatusCode::kAborted},
      {grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone"),
       absl::StatusCode::kAborted},
  };
  for (const Row& row : rows) {
    Serve([&](Session& session) {
      session.Await(Kind::kHello);
      session.SayWelcome();
      session.SayAssignment(LongPlan(), target_.url(), WholeShares(LongPlan()),
                            /*extensible=*/true);
      session.Await(Kind::kReady);
      agent_->RequestStop();
      session.Await(Kind::kFailure);
      return row.closed;
    });
    EXPECT_EQ(Join().code(), row.code) << row.closed.error_message();
    EXPECT_FALSE(agent_->began());
  }
}

TEST_F(AgentLeaveTest, WhoIsDoneAndKnownToBeMayGo) {
  Serve([&](Session& session) {
    session.Await(Kind::kHello);
    session.PlayUntilStart(ShortPlan(), target_.url());
    uint64_t number = 0;
    while (const auto message = session.Await(Kind::kReport)) {
      number = message->report().number();
      if (message->report().has_done()) break;
    }
    agent_->RequestStop();
    session.SayAck(number);
    session.Await(Kind::kFailure);  // until it has gone
    return grpc::Status(grpc::StatusCode::INTERNAL, "not heard");
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_FALSE(agent_->left_early());
}

}  // namespace
}  // namespace invocator
