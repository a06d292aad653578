// An engine that leaves amid its schedule.
#include <gtest/gtest.h>

#include "tests/support/engine_fixture.h"
#include "worker/engine/engine.h"

namespace invocator {
namespace {

class EngineLeaveTest : public EngineFixture {};

TEST_F(EngineLeaveTest, LeavingSendsAllThatIsScheduledBeforeAndNothingElse) {
  PlanEvery10ms(10);
  ServiceTakes(15 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);  // on a call, which is not sent
    engine_->Leave();
  });
  RunToEnd();
  ASSERT_EQ(records_.size(), 4u);
  EXPECT_EQ(records_.back().scheduled_ns, 40 * kMs);
  EXPECT_LE(MaxLatenessNs(), 1000);
  EXPECT_EQ(CountOutcome(Outcome::kOk), 4);
  EXPECT_TRUE(result_.schedule_exhausted);
  EXPECT_LT(result_.ended_ns, 60 * kMs);
}

TEST_F(EngineLeaveTest, ANanosecondLaterTheCallIsSent) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs + 1);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);
}

TEST_F(EngineLeaveTest, AnInstantToLeaveAtMayMoveLaterUntilItStands) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(35 * kMs);
    invoker_->At(55 * kMs, [&] {
      engine_->HoldFrom(80 * kMs);
      engine_->Leave();
    });
  });
  RunToEnd();
  ASSERT_EQ(records_.size(), 7u);
  EXPECT_GE(MaxLatenessNs(), 15 * kMs);  // held back, and then sent
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineLeaveTest, WhatWasHeldBackIsSentOnceTheInstantMoves) {
  PlanEvery10ms(5);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(35 * kMs);
    invoker_->At(55 * kMs, [&] { engine_->HoldFrom(1'000 * kMs); });
  });
  RunToEnd();
  ASSERT_EQ(records_.size(), 5u);
  EXPECT_LE(MaxLatenessNs(), 15 * kMs + 2000);
}

TEST_F(EngineLeaveTest, ALeaverWithNothingLeftEndsAtOnce) {
  PlanEvery10ms(1);
  ServiceTakes(1 * kMs);
  options_.stay_until_ns = 10'000 * kMs;
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(31 * kMs);
    invoker_->At(35 * kMs, [&] { engine_->Leave(); });
  });
  RunToEnd();
  EXPECT_LE(result_.ended_ns, 35 * kMs + 2000);
}

TEST_F(EngineLeaveTest, ALeaverWaitsForItsCallsOnlySoLong) {
  PlanEvery10ms(10);
  ServiceTakes(1000 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs, /*drain_end_ns=*/80 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 4);
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 80e6, 1e6);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineLeaveTest, ALeaverSendsItsQueueToo) {
  PlanEvery10ms(10);
  ServiceTakes(25 * kMs);
  plan_.blocking = true;
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  ASSERT_EQ(records_.size(), 4u);
  EXPECT_EQ(records_.back().scheduled_ns, 40 * kMs);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineLeaveTest, AQueueThatOutlivesTheLeaveIsLeftInTheSchedule) {
  PlanEvery10ms(10);
  ServiceTakes(25 * kMs);
  plan_.blocking = true;
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs, /*drain_end_ns=*/55 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_LT(records_.size(), 4u);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineLeaveTest, WithoutAnEndOfItsDrainItDrainsAsAtThePlansEnd) {
  PlanEvery10ms(100);
  ServiceTakes(1'000'000 * kMs);
  options_.drain_ns = 200 * kMs;
  options_.pacer.max_in_flight = 2;  // two more are due, and queued
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 2);
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 250e6, 1e6);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineLeaveTest, AnInstantMayAlsoMoveEarlierWhileItIsAhead) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(80 * kMs);
    engine_->Leave();
    invoker_->At(41 * kMs, [&] { engine_->HoldFrom(60 * kMs); });
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineLeaveTest, WhatWasAddedBeforeTheLeaveIsPlayed) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);
    EXPECT_TRUE(
        engine_->Add(Schedule::LinesFrom(plan_, WholeShares(plan_), 35 * kMs)));
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);  // 10, 20, 30, 40, 40
}

TEST_F(EngineLeaveTest, AnEngineThatWouldStayLeaves) {
  PlanEvery10ms(3);
  ServiceTakes(1 * kMs);
  options_.stay_until_ns = 10'000 * kMs;
  invoker_->At(51 * kMs, [&] {
    engine_->HoldFrom(60 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 3u);
  EXPECT_LT(result_.ended_ns, 1'000 * kMs);
}

}  // namespace
}  // namespace invocator
