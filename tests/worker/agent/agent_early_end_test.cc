// A worker whose run ends early, and what it does not take for an end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "proto/fleet.pb.h"
#include "tests/support/agent_leave_fixture.h"

namespace invocator {
namespace {

using testing::HasSubstr;

// One suite, in two files.
using AgentLeaveTest = AgentLeaveFixture;

TEST_F(AgentLeaveTest, StoppedBeforeItsStartItIsDoneAtOnce) {
  wire::Done done;
  int64_t stopped_ns = 0, done_ns = 0;
  Serve([&](Session& session) {
    Start(session, LongPlan(), /*in_ns=*/9 * kS);
    session.SayStop(/*now=*/true);
    stopped_ns = steady_.NowNs();
    done = NoteAll(session);
    done_ns = steady_.NowNs();
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Join().ok());
  EXPECT_LT(done_ns - stopped_ns, 5 * kS);
  EXPECT_FALSE(done.schedule_exhausted());
  EXPECT_EQ(done.last_sent_ns(), 0);
  EXPECT_GE(done.ended_ns(), 0);
  EXPECT_TRUE(sequences_.empty());
}

TEST_F(AgentLeaveTest, ItReportsFromTheArmingOn) {
  int64_t start_ns = 0, reported_ns = INT64_MAX;
  Serve([&](Session& session) {
    start_ns = steady_.NowNs() + 9 * kS;
    Start(session, LongPlan(), /*in_ns=*/9 * kS);
    session.AwaitReport(wire::Report::kProgress);
    session.AwaitReport(wire::Report::kProgress);
    reported_ns = steady_.NowNs();
    return grpc::Status(grpc::StatusCode::ABORTED, "enough");
  });
  EXPECT_EQ(Join(), absl::AbortedError("enough"));
  EXPECT_LT(reported_ns, start_ns);
}

TEST_F(AgentLeaveTest, AnOkBeforeAnythingWasAssignedIsNoEndOfARun) {
  Serve([](Session& session) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    return grpc::Status::OK;
  });
  const absl::Status status = Join();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("assigned anything"));
  EXPECT_FALSE(agent_->began());
}

TEST_F(AgentLeaveTest, AnOkBeforeDoneIsNoEndOfARun) {
  Serve([&](Session& session) {
    Start(session, LongPlan());
    return grpc::Status::OK;
  });
  EXPECT_EQ(Join().code(), absl::StatusCode::kFailedPrecondition);
}

// The system's clock, which can jump: to the worker, it stood still meanwhile.
class JumpingClock final : public SteadyClock {
 public:
  int64_t NowNs() const override { return system_.NowNs() + ahead_ns_; }
  void Jump(int64_t ns) { ahead_ns_ += ns; }

 private:
  SystemSteadyClock system_;
  std::atomic<int64_t> ahead_ns_ = 0;
};

TEST_F(AgentLeaveTest, StandingStillIsNoReasonToDialAnew) {
  JumpingClock clock;
  std::atomic<int> streams = 0;
  Serve([&](Session& session) {
    if (streams++ > 0) return grpc::Status(grpc::StatusCode::ABORTED, "anew");
    session.Await(Kind::kHello);
    session.SayWelcome();
    session.SayAssignment(LongPlan(), target_.url());
    session.Await(Kind::kReady);
    session.SayPing(1, clock.NowNs() + 60 * kS);
    wire::CoordinatorMessage start;
    start.mutable_start()->set_steady_ns(clock.NowNs() + 100 * kMs);
    session.Send(start);
    session.AwaitReport(wire::Report::kProgress);
    clock.Jump(4 * kS);  // longer than silence is borne
    session.AwaitReport(wire::Report::kProgress);
    session.AwaitReport(wire::Report::kProgress);
    session.SayStop(/*now=*/true);
    NoteAll(session);
    return grpc::Status::OK;
  });
  agent_ = std::make_unique<Agent>(options_, clock, wall_);
  EXPECT_TRUE(agent_->Join([this] { return coordinator_->channel(); }).ok());
  coordinator_.reset();
  EXPECT_EQ(streams, 1);
}

}  // namespace
}  // namespace invocator
