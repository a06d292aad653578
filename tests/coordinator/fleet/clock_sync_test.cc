#include "coordinator/fleet/clock_sync.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace invocator {
namespace {

TEST(ClockSyncTest, TheOffsetIsTakenFromTheMiddleOfTheRoundTrip) {
  ClockSync sync;
  sync.AddSample(/*sent_ns=*/1'000, /*answered_ns=*/1'200,
                 /*worker_ns=*/51'100);
  EXPECT_EQ(sync.best().offset_ns, 50'000);
  EXPECT_EQ(sync.best().round_trip_ns, 200);
  EXPECT_EQ(sync.best().uncertainty_ns(), 100);
  EXPECT_EQ(sync.best().ToWorker(2'000), 52'000);
}

TEST(ClockSyncTest, TheQuickestSampleWins) {
  ClockSync sync;
  sync.AddSample(0, 1'000, 9'000);
  sync.AddSample(2'000, 2'010, 7'005);  // offset 5,000
  sync.AddSample(3'000, 3'500, 99'000);
  EXPECT_EQ(sync.samples(), 3);
  EXPECT_EQ(sync.best().offset_ns, 5'000);
  EXPECT_EQ(sync.best().uncertainty_ns(), 5);
}

TEST(ClockSyncTest, AWorkersClockMayBeBehind) {
  ClockSync sync;
  sync.AddSample(1'000'000, 1'000'000, 400);
  EXPECT_EQ(sync.best().offset_ns, -999'600);
  EXPECT_EQ(sync.best().uncertainty_ns(), 0);
}

TEST(ClockSyncTest, AnAnswerBeforeItsQuestionIsIgnored) {
  ClockSync sync;
  sync.AddSample(1'000, 900, 5);
  EXPECT_EQ(sync.samples(), 0);
  EXPECT_EQ(sync.best().offset_ns, 0);
}

TEST(ClockSyncTest, AnAnswerAfterHoursIsIgnored) {
  ClockSync sync;
  sync.AddSample(0, 3'600'000'000'000, 5);
  sync.AddSample(INT64_MIN, 1'000, 5);
  EXPECT_EQ(sync.samples(), 0);
}

TEST(ClockSyncTest, ALyingClockOverflowsNothing) {
  for (int64_t lie : {INT64_MIN, INT64_MAX, int64_t{-1}}) {
    ClockSync sync;
    sync.AddSample(1'000, 1'100, lie);
    EXPECT_EQ(static_cast<uint64_t>(sync.best().ToWorker(1'050)),
              static_cast<uint64_t>(lie));
    sync.best().ToWorker(INT64_MAX);
  }
}

TEST(ClockSyncTest, AnOldSampleIsForgottenHoweverQuickItWas) {
  ClockSync sync;
  sync.AddSample(0, 2, 1);  // offset 0
  for (int i = 1; i <= ClockSync::kWindow; ++i) {
    sync.AddSample(i * 1'000, i * 1'000 + 100, i * 1'000 + 50 + 7);
  }
  EXPECT_EQ(sync.best().offset_ns, 7);
  EXPECT_EQ(sync.best().uncertainty_ns(), 50);
}

TEST(ClockSyncTest, DriftIsMeasuredFromTheMarkThoughItsSampleWasQuicker) {
  ClockSync sync;
  sync.AddSample(0, 200, 100);
  sync.Mark();
  EXPECT_FALSE(sync.DriftSinceMark());
  // A second later the worker's clock has gained 20 us.
  sync.AddSample(1'000'000'000, 1'000'002'000, 1'000'021'000);
  const auto drift = sync.DriftSinceMark();
  ASSERT_TRUE(drift);
  EXPECT_NEAR(drift->ppm, 20, 0.001);
  EXPECT_NEAR(drift->uncertainty_ppm, 1.1, 0.001);
  EXPECT_EQ(sync.marked().offset_ns, 0);
}

TEST(ClockSyncTest, TheLongestRoundTripThatCountsIsTenSeconds) {
  ClockSync sync;
  sync.AddSample(0, ClockSync::kMaxRoundTripNs + 1, 5);
  EXPECT_EQ(sync.samples(), 0);
  sync.AddSample(0, ClockSync::kMaxRoundTripNs, 5);
  EXPECT_EQ(sync.samples(), 1);
  EXPECT_EQ(sync.best().offset_ns, 5 - ClockSync::kMaxRoundTripNs / 2);
}

TEST(ClockSyncTest, OfSamplesAlikeTheLaterCounts) {
  ClockSync sync;
  sync.AddSample(0, 100, 50 + 1);
  sync.AddSample(1'000, 1'100, 1'050 + 2);
  EXPECT_EQ(sync.best().offset_ns, 2);
}

TEST(ClockSyncTest, TheOldestOfTheWindowStillCounts) {
  ClockSync sync;
  sync.AddSample(0, 2, 1 + 3);
  for (int i = 1; i < ClockSync::kWindow; ++i) {
    sync.AddSample(i * 1'000, i * 1'000 + 100, i * 1'000 + 50 + 7);
  }
  EXPECT_EQ(sync.best().offset_ns, 3);
}

TEST(ClockSyncTest, AfterAMarkOnlyLaterSamplesCountOrElseTheMark) {
  ClockSync sync;
  sync.AddSample(0, 2, 1 + 3);
  sync.Mark();
  EXPECT_EQ(sync.best().offset_ns, 3);
  EXPECT_EQ(sync.best().round_trip_ns, 2);
  sync.AddSample(1'000, 1'100, 1'050 + 7);  // slower, but since the mark
  EXPECT_EQ(sync.best().offset_ns, 7);
  sync.AddSample(2'000, 2'050, 2'025 + 8);
  EXPECT_EQ(sync.best().offset_ns, 8);
  EXPECT_EQ(sync.marked().offset_ns, 3);
  sync.Mark();
  EXPECT_EQ(sync.marked().offset_ns, 8);
  EXPECT_EQ(sync.best().offset_ns, 8);
}

TEST(ClockSyncTest, DriftIsToldByTheSampleThatIsSurestForItsAge) {
  ClockSync sync;
  sync.AddSample(0, 0, 0);
  sync.Mark();
  // 200 ns in 1 ms, 100 ppm of doubt; 2,000 ns in 100 ms, 10 ppm of doubt;
  // 100,000 ns in 200 ms, 250 ppm of doubt.
  sync.AddSample(1'000'000 - 100, 1'000'000 + 100, 1'000'500);
  sync.AddSample(100'000'000 - 1'000, 100'000'000 + 1'000, 100'003'000);
  sync.AddSample(200'000'000 - 50'000, 200'000'000 + 50'000, 200'900'000);
  const auto drift = sync.DriftSinceMark();
  ASSERT_TRUE(drift);
  EXPECT_NEAR(drift->ppm, 30, 0.001);
  EXPECT_NEAR(drift->uncertainty_ppm, 10, 0.001);
}

TEST(ClockSyncTest, AClockThatLosesTimeHasANegativeDrift) {
  ClockSync sync;
  sync.AddSample(0, 0, 1'000);
  sync.Mark();
  sync.AddSample(1'000'000, 1'000'000, 1'000'900);
  EXPECT_NEAR(sync.DriftSinceMark()->ppm, -100, 0.001);
}

TEST(ClockSyncTest, ASampleOfTheMarksInstantTellsNoDrift) {
  ClockSync sync;
  sync.AddSample(1'000, 1'000, 0);
  sync.Mark();
  sync.AddSample(1'000, 1'000, 500);
  EXPECT_FALSE(sync.DriftSinceMark());
}

TEST(ClockSyncTest, DriftForgetsSamplesBeyondTheWindow) {
  ClockSync sync;
  sync.AddSample(0, 0, 0);
  sync.Mark();
  // The first is the surest by far.
  sync.AddSample(1'000'000'000, 1'000'000'000, 1'000'050'000);
  for (int i = 1; i <= ClockSync::kWindow; ++i) {
    const int64_t at_ns = 1'000'000'000 + i * 1'000;
    sync.AddSample(at_ns - 1'000, at_ns + 1'000, at_ns);
  }
  EXPECT_NEAR(sync.DriftSinceMark()->ppm, 0, 0.001);
}

}  // namespace
}  // namespace invocator
