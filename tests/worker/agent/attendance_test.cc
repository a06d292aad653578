#include "worker/agent/attendance.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "proto/fleet.pb.h"
#include "tests/support/agent_fixture.h"

namespace invocator {
namespace {

using Kind = FakeCoordinator::Kind;
using Session = FakeCoordinator::Session;

class AttendanceTest : public AgentFixture {
 protected:
  AttendanceTest() {
    attendance_.coordinator = "here:7000";
    attendance_.once = true;
    attendance_.between_runs = absl::ZeroDuration();
    agent_ = std::make_unique<Agent>(options_, steady_, wall_);
  }
  int Attend() {
    const int code = AttendRuns(
        *agent_, [this] { return coordinator_->channel(); }, attendance_);
    coordinator_.reset();
    return code;
  }
  grpc::Status PlayAll(Session& session) {
    session.Await(Kind::kHello);
    session.PlayUntilStart(ShortPlan(), target_.url());
    session.AwaitReport(wire::Report::kDone);
    return grpc::Status::OK;
  }
  void LeaveAmidARun(Session& session) {
    session.Await(Kind::kHello);
    session.PlayUntilStart(LongPlan(), target_.url());
    session.AwaitPlaying();
    agent_->RequestStop();
    session.AwaitReport(wire::Report::kDone);
  }

  ScriptedServer target_{AlwaysOk()};
  AttendanceOptions attendance_;
};

TEST_F(AttendanceTest, ARunThatEndsWellIsASuccess) {
  Serve([this](Session& session) { return PlayAll(session); });
  EXPECT_EQ(Attend(), 0);
}

TEST_F(AttendanceTest, AnOkBeforeAnythingWasAssignedIsNone) {
  Serve([](Session& session) {
    session.Await(Kind::kHello);
    return grpc::Status::OK;
  });
  EXPECT_EQ(Attend(), 3);
}

TEST_F(AttendanceTest, ARefusalForGoodIsNotTriedAgain) {
  attendance_.once = false;
  std::atomic<int> streams = 0;
  Serve([&](Session& session) {
    ++streams;
    session.Await(Kind::kHello);
    return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "other protocol");
  });
  EXPECT_EQ(Attend(), 3);
  EXPECT_EQ(streams, 1);
}

TEST_F(AttendanceTest, WithoutOnceItAttendsRunAfterRunUntilAsked) {
  attendance_.once = false;
  std::atomic<int> streams = 0;
  Serve([&](Session& session) {
    switch (streams++) {
      case 0:
        session.Await(Kind::kHello);
        return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "complete");
      case 1:
        return PlayAll(session);
      default:
        session.Await(Kind::kHello);
        session.SayWelcome();
        agent_->RequestStop();
        session.Await(Kind::kFailure);
        return grpc::Status(grpc::StatusCode::CANCELLED, "as you like");
    }
  });
  EXPECT_EQ(Attend(), 0);
  EXPECT_EQ(streams, 3);
}

TEST_F(AttendanceTest, AskedToStopBeforeAnyCoordinatorWasThereItEndsWell) {
  Serve([](Session&) { return grpc::Status::OK; });
  agent_->RequestStop();
  EXPECT_EQ(Attend(), 0);
}

TEST_F(AttendanceTest, ALeaverWhoseRestIsPlayedEndsWell) {
  Serve([&](Session& session) {
    LeaveAmidARun(session);
    return grpc::Status::OK;
  });
  EXPECT_EQ(Attend(), 0);
}

TEST_F(AttendanceTest, ALeaverWhoseRestNobodyPlaysDoesNot) {
  Serve([&](Session& session) {
    LeaveAmidARun(session);
    return grpc::Status(grpc::StatusCode::CANCELLED, "nobody is left");
  });
  EXPECT_EQ(Attend(), 3);
}

TEST_F(AttendanceTest, ACoordinatorThatNeverComesIsAwaitedForSoLong) {
  const auto nowhere = grpc::CreateChannel(RefusingUrl().substr(7),
                                           grpc::InsecureChannelCredentials());
  attendance_.join_timeout = absl::Milliseconds(300);
  for (bool once : {true, false}) {
    attendance_.once = once;
    const int64_t begin_ns = steady_.NowNs();
    EXPECT_EQ(AttendRuns(
                  *agent_, [&] { return nowhere; }, attendance_),
              3);
    EXPECT_GE(steady_.NowNs() - begin_ns, 300'000'000);
  }
}

// What a run that went well before it has left behind plays no part.
TEST_F(AttendanceTest, AfterARunTheNextCoordinatorIsAwaitedForSoLong) {
  const auto nowhere = grpc::CreateChannel(RefusingUrl().substr(7),
                                           grpc::InsecureChannelCredentials());
  attendance_.once = false;
  attendance_.join_timeout = absl::Seconds(1);
  std::atomic<bool> is_over = false;
  Serve([&](Session& session) {
    const grpc::Status end = PlayAll(session);
    is_over = true;
    return end;
  });
  const Dial dial = [&] { return is_over ? nowhere : coordinator_->channel(); };
  EXPECT_EQ(AttendRuns(*agent_, dial, attendance_), 3);
  coordinator_.reset();
}

TEST_F(AttendanceTest, AskedToStopBetweenTwoRunsItEndsWell) {
  const auto nowhere = grpc::CreateChannel(RefusingUrl().substr(7),
                                           grpc::InsecureChannelCredentials());
  attendance_.once = false;
  std::atomic<bool> is_over = false;
  Serve([&](Session& session) {
    const grpc::Status end = PlayAll(session);
    is_over = true;
    return end;
  });
  const Dial dial = [&] {
    if (is_over) agent_->RequestStop();
    return is_over ? nowhere : coordinator_->channel();
  };
  EXPECT_EQ(AttendRuns(*agent_, dial, attendance_), 0);
  coordinator_.reset();
}

TEST_F(AttendanceTest, ACoordinatorThatNeverWelcomesIsAwaitedForSoLong) {
  attendance_.once = false;
  attendance_.join_timeout = absl::Milliseconds(300);
  Serve([](Session& session) {
    session.Await(Kind::kHello);
    session.Await(Kind::kFailure);  // until it has gone
    return grpc::Status::OK;
  });
  EXPECT_EQ(Attend(), 3);
}

}  // namespace
}  // namespace invocator
