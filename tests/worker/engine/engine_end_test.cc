// An engine's end: by its drain, by stops, and by its lease.
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/support/engine_fixture.h"
#include "worker/engine/engine.h"

namespace invocator {
namespace {

// One suite, in two files.
using EngineTest = EngineFixture;

TEST_F(EngineTest, DrainEndsInAbortedAndNothingIsForgotten) {
  PlanEvery10ms(4);
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 100 * kMs;
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 4);
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 140e6, 1e6);
}

TEST_F(EngineTest, AQueueThatOutlivesTheDrainIsLeftInTheSchedule) {
  PlanEvery10ms(10);
  ServiceTakes(40 * kMs);
  options_.pacer.max_in_flight = 1;
  options_.drain_ns = 50 * kMs;
  RunToEnd();
  EXPECT_FALSE(result_.schedule_exhausted);
  EXPECT_LT(records_.size(), 10u);
}

TEST_F(EngineTest, StopSendsNothingMoreAndAwaitsWhatIsInFlight) {
  PlanEvery10ms(10);
  ServiceTakes(25 * kMs);
  invoker_->At(51 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);
  EXPECT_EQ(CountOutcome(Outcome::kOk), 5);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, StopInTheDrainDoesNotMakeItLonger) {
  PlanEvery10ms(4);
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 100 * kMs;
  invoker_->At(120 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 140e6, 1e6);
}

TEST_F(EngineTest, StopNowAbortsWhatIsInFlight) {
  PlanEvery10ms(10);
  ServiceTakes(1000 * kMs);
  invoker_->At(51 * kMs, [&] { engine_->Stop(/*now=*/true); });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 5);
}

TEST_F(EngineTest, ASecondStopHastensTheFirstAndNeverSlowsIt) {
  PlanEvery10ms(2);
  ServiceTakes(1000 * kMs);
  invoker_->At(25 * kMs, [&] {
    engine_->Stop(/*now=*/false);
    engine_->Stop(/*now=*/true);
    engine_->Stop(/*now=*/false);
  });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 2);
  EXPECT_LE(result_.ended_ns, 25 * kMs + 2000);
}

TEST_F(EngineTest, NothingIsSentFromTheInstantThatEndsItsLease) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  send_until_ns_ = 50 * kMs;  // exactly when the fifth is due
  RunToEnd();
  EXPECT_EQ(records_.size(), 4u);
  EXPECT_TRUE(result_.was_cut_short);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ALeaseThatEndsAfterTheLastCallCutsNothing) {
  PlanEvery10ms(3);
  ServiceTakes(100 * kMs);
  send_until_ns_ = 50 * kMs;
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kOk), 3);
  EXPECT_FALSE(result_.was_cut_short);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ALeaseThatEndsAfterAStopCutsNothing) {
  PlanEvery10ms(10);
  ServiceTakes(100 * kMs);
  send_until_ns_ = 50 * kMs;
  invoker_->At(25 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kOk), 2);
  EXPECT_FALSE(result_.was_cut_short);
}

TEST_F(EngineTest, ALeaseThatEndsDuringTheStayCutsIt) {
  PlanEvery10ms(1);
  ServiceTakes(1 * kMs);
  options_.stay_until_ns = 300 * kMs;
  send_until_ns_ = 150 * kMs;
  RunToEnd();
  EXPECT_TRUE(result_.was_cut_short);
  EXPECT_LT(result_.ended_ns, 300 * kMs);
}

TEST_F(EngineTest, ALeaseIsProlongedBeforeItEnds) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  send_until_ns_ = 50 * kMs;
  invoker_->At(45 * kMs, [&] { engine_->SetSendUntil(85 * kMs); });
  RunToEnd();
  EXPECT_EQ(records_.size(), 8u);
  EXPECT_TRUE(result_.was_cut_short);
}

TEST_F(EngineTest, StoppedBeforeTheStartItSendsNothing) {
  PlanEvery10ms(3);
  ServiceTakes(1 * kMs);
  invoker_->At(-50 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(records_.size(), 0u);
  EXPECT_LE(result_.ended_ns, -50 * kMs + 2000);
  EXPECT_EQ(result_.first_turn_ns, 0);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, TheDrainIsCountedFromTheLastInstantOfTheSchedule) {
  PlanEvery10ms(4);
  plan_.duration_s = 10;
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 100 * kMs;
  RunToEnd();
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 140e6, 1e4);
}

TEST_F(EngineTest, AStopShortensTheWaitForWhatIsInFlightToTheDrain) {
  PlanEvery10ms(10);
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 30 * kMs;
  invoker_->At(51 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 5);
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 81e6, 1e4);
}

TEST_F(EngineTest, AnEndlessDrainAwaitsEveryCall) {
  PlanEvery10ms(1);
  ServiceTakes(100'000 * kMs);
  options_.drain_ns = INT64_MAX;
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kOk), 1);
}

}  // namespace
}  // namespace invocator
