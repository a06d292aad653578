#include "coordinator/clock_sync.h"

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

}  // namespace
}  // namespace invocator
