// Workers that leave a run, and runs that are called off, as the conductor
// takes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/conductor/conductor.h"
#include "proto/fleet.pb.h"
#include "tests/support/conductor_fixture.h"

namespace invocator {
namespace {

using Kind = FakeWorker::Kind;
using testing::HasSubstr;

constexpr int64_t kS = 1'000'000'000;

ConductorOptions With(OnWorkerLoss policy) {
  ConductorOptions options;
  options.on_worker_loss = policy;
  return options;
}

class LeaveFixture : public ConductorFixture {
 protected:
  explicit LeaveFixture(const ConductorOptions& options)
      : ConductorFixture(options) {
    plan_ = PlanOf({ListInstance("f", std::vector<double>(99, 0.1), 10)}, 10);
  }
  // Leaves at 3 s, having sent three; notes how its stream ends.
  void JoinLeaver(grpc::Status& end, std::latch* left = nullptr) {
    Join([&end, left](FakeWorker& worker) {
      worker.SayHello("leaver");
      worker.Await(Kind::kAssignment);
      worker.SayReady();
      worker.AwaitStart();
      worker.AwaitBegin();
      worker.SayLeave(3 * kS);
      worker.SayProgress(1, 3);
      worker.SayDone();
      end = worker.Finish();
      if (left != nullptr) left->count_down();
    });
  }
  // Is asked to end before its start; notes how its stream ends.
  void JoinEarlyLeaver(grpc::Status& end) {
    Join([&end](FakeWorker& worker) {
      worker.SayHello("early");
      worker.Await(Kind::kAssignment);
      worker.SayReady();
      worker.AwaitStart();
      wire::WorkerMessage failure;
      failure.mutable_failure()->set_code(1);
      worker.Send(failure);
      end = worker.Finish();
    });
  }
  const RunWorker& Of(const std::string& name) const {
    for (const RunWorker& worker : conductor_.workers()) {
      if (worker.name == name) return worker;
    }
    ADD_FAILURE() << name;
    return conductor_.workers()[0];
  }
};

class LeaveReplanTest : public LeaveFixture {
 protected:
  LeaveReplanTest() : LeaveFixture(With(OnWorkerLoss::kReplan)) {}
};
class LeaveFinishTest : public LeaveFixture {
 protected:
  LeaveFinishTest() : LeaveFixture(With(OnWorkerLoss::kFinish)) {}
};
class LeaveAbortTest : public LeaveFixture {
 protected:
  LeaveAbortTest() : LeaveFixture(With(OnWorkerLoss::kAbort)) {}
};

TEST_F(LeaveReplanTest, ALeaverIsLetGoWithOkWhileTheOthersPlayOn) {
  grpc::Status end;
  std::latch left(1);
  wire::Extend extend;
  JoinLeaver(end, &left);
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    extend = worker.Await(Kind::kExtend)->extend();
    worker.SayProgress(1, 4);
    left.wait();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(extend.from_ns(), 3 * kS);
  EXPECT_TRUE(end.ok()) << end.error_message();
  EXPECT_EQ(sink_.sent_, 7u);
  EXPECT_FALSE(Of("leaver").lost());
  EXPECT_TRUE(Of("leaver").handed_over);
  EXPECT_FALSE(conductor_.aborted());
}

TEST_F(LeaveReplanTest, WithNobodyLeftTheLeaverIsToldSo) {
  grpc::Status end;
  JoinLeaver(end);
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(end.error_message(), HasSubstr("no worker is left"));
}

TEST_F(LeaveReplanTest, WhatALeaverLeavesUnsentBeforeItsInstantIsToldToIt) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.AwaitBegin();
    worker.SayLeave(3 * kS);
    wire::WorkerMessage done;  // its queue outlived the wait
    done.mutable_report()->set_number(1);
    done.mutable_report()->mutable_done();
    worker.Send(done);
    end = worker.Finish();
  });
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.Await(Kind::kExtend);
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::ABORTED);
}

TEST_F(LeaveFinishTest, ALeaverIsToldThatNobodyPlaysTheRest) {
  grpc::Status end;
  std::latch left(1);
  JoinLeaver(end, &left);
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    left.wait();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(sink_.sent_, 3u);
}

TEST_F(LeaveAbortTest, TheOthersAreStoppedAtOnce) {
  grpc::Status end;
  std::optional<bool> stopped_now;
  JoinLeaver(end);
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    const auto stop = worker.Await(Kind::kStop);
    if (stop) stopped_now = stop->stop().now();
    worker.SayProgress(1, 2);
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_TRUE(conductor_.aborted());
  EndScripts();
  EXPECT_EQ(stopped_now, true);
  EXPECT_EQ(sink_.sent_, 5u);
}

TEST_F(LeaveFinishTest, ALeaveOutOfOrderLosesTheWorkerAlone) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayLeave(-1);
    end = worker.Finish();
  });
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(LeaveReplanTest, WhoEndsBeforeTheStartGivesAllOfItsShareBack) {
  wire::Extend extend;
  grpc::Status end;
  JoinEarlyLeaver(end);
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    extend = worker.Await(Kind::kExtend)->extend();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_TRUE(end.ok()) << end.error_message();
  // It had not begun, and says that it will not.
  EXPECT_EQ(Of("early").loss.silent_from_ns, 0);
  EXPECT_LT(extend.from_ns(), 300'000'000);
}

TEST_F(LeaveFinishTest, WhoEndsBeforeTheStartIsToldThatNobodyPlaysItsShare) {
  grpc::Status end;
  JoinEarlyLeaver(end);
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::CANCELLED);
}

// A stream that ends between Start and StartArmed.
TEST_F(LeaveAbortTest, ARunCalledOffStopsWhoIsArmedAndCountsWhatWasSent) {
  grpc::Status obedient, deaf;
  std::optional<bool> stopped_now;
  Join([](FakeWorker& worker) {
    worker.SayHello("lost");
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.Await(Kind::kStart);
  });
  Join([&](FakeWorker& worker) {
    worker.SayHello("obedient");
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.AwaitStart();
    const auto stop = worker.Await(Kind::kStop);
    if (stop) stopped_now = stop->stop().now();
    worker.SayProgress(1, 7);
    worker.SayDone();
    obedient = worker.Finish();
  });
  Join([&](FakeWorker& worker) {
    worker.SayHello("deaf");
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.AwaitStart();
    deaf = worker.Finish();
  });
  const absl::Status played = PlayAll();
  EXPECT_THAT(std::string(played.message()), HasSubstr("worker lost"));
  EXPECT_EQ(sink_.sent_, 7u);
  EXPECT_FALSE(Of("obedient").lost());
  EXPECT_TRUE(Of("deaf").lost());
  EndScripts(played);
  EXPECT_EQ(stopped_now, true);
  EXPECT_TRUE(obedient.ok());
  // UNAVAILABLE would have it play on and come back.
  EXPECT_EQ(deaf.error_code(), grpc::StatusCode::ABORTED);
}

TEST_F(LeaveFinishTest, WhoIsDoneIsEndedWithOkHoweverTheRunEnds) {
  grpc::Status done, late;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayDone();
    done = worker.Finish();
  });
  Join([&](FakeWorker& worker) {
    worker.SayHello("late");
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.AwaitStart();
    late = worker.Finish();
  });
  const absl::Status played = PlayAll(kShort);
  EXPECT_EQ(played.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(Of("late").lost());
  EndScripts(played);
  EXPECT_TRUE(done.ok());
  EXPECT_FALSE(late.ok());
  EXPECT_NE(late.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(LeaveFinishTest, ADismissalNeverLooksLikeABrokenStream) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    end = worker.Finish();
  });
  ASSERT_TRUE(Gather().ok());
  EndScripts(absl::UnavailableError("the others are gone"));
  EXPECT_EQ(end.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(end.error_message(), "the others are gone");
}

ConductorOptions WithShortLeases() {
  ConductorOptions options = With(OnWorkerLoss::kReplan);
  options.leases = {.ping_period = absl::Milliseconds(50),
                    .length = absl::Milliseconds(800),
                    .silence = absl::Milliseconds(500),
                    .return_patience = absl::Milliseconds(300),
                    .report_silence = absl::Milliseconds(1'000)};
  return options;
}

class MuteWorkerTest : public LeaveFixture {
 protected:
  MuteWorkerTest() : LeaveFixture(WithShortLeases()) {}
};

TEST_F(MuteWorkerTest, WhoAnswersPingsAndNeverReportsIsLostAndReplannedFor) {
  std::atomic<bool> is_lost = false;
  int64_t lost_ns = 0;
  grpc::Status mute, healthy;
  sink_.on_tick_ = [&] {
    if (is_lost || !Of("mute").lost()) return;
    lost_ns = clock_.NowNs();
    is_lost = true;
  };
  Join([&](FakeWorker& worker) {
    worker.SayHello("mute");
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.AwaitStart();
    mute = worker.Finish();  // answers pings until then
  });
  Join([&](FakeWorker& worker) {
    worker.SayHello("healthy");
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.AwaitStart();
    uint64_t number = 0;
    do {
      worker.SayProgress(++number, 0);
    } while (worker.Await(Kind::kAck) && !is_lost);
    worker.SayDone();
    healthy = worker.Finish();
  });
  const absl::Status played = PlayAll();
  EXPECT_TRUE(played.ok()) << played;
  const RunWorker& lost = Of("mute");
  EXPECT_THAT(std::string(lost.loss.why.message()),
              HasSubstr("it reports nothing, and its lease has ended"));
  // Not before its lease was over, which was renewed until the silence.
  EXPECT_GE(lost_ns, lost.start.begins_ns + lost.loss.silent_from_ns);
  EXPECT_GE(lost.loss.silent_from_ns, 1'000'000'000);
  ASSERT_EQ(Of("healthy").extends.size(), 1u);
  EXPECT_GT(Of("healthy").extends[0].from_ns, lost.loss.silent_from_ns);
  EndScripts(played);
  EXPECT_TRUE(healthy.ok());
  EXPECT_EQ(mute.error_code(), grpc::StatusCode::ABORTED);
}

}  // namespace
}  // namespace invocator
