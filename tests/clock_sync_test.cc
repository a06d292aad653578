#include "coordinator/clock_sync.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace invocator {
namespace {

TEST(ClockSyncTest, TheOffsetIsTakenFromTheMiddleOfTheRoundTrip) {
  ClockSync sync;
  sync.AddSample(/*sent_ns=*/1'000, /*answered_ns=*/1'200,
                 /*worker_ns=*/51'100);
  EXPECT_EQ(sync.offset_ns(), 50'000);
  EXPECT_EQ(sync.round_trip_ns(), 200);
  EXPECT_EQ(sync.uncertainty_ns(), 100);
  EXPECT_EQ(sync.ToWorker(2'000), 52'000);
}

TEST(ClockSyncTest, TheQuickestSampleWins) {
  ClockSync sync;
  sync.AddSample(0, 1'000, 9'000);
  sync.AddSample(2'000, 2'010, 7'005);  // offset 5,000
  sync.AddSample(3'000, 3'500, 99'000);
  EXPECT_EQ(sync.samples(), 3);
  EXPECT_EQ(sync.offset_ns(), 5'000);
  EXPECT_EQ(sync.uncertainty_ns(), 5);
}

TEST(ClockSyncTest, AWorkersClockMayBeBehind) {
  ClockSync sync;
  sync.AddSample(1'000'000, 1'000'000, 400);
  EXPECT_EQ(sync.offset_ns(), -999'600);
  EXPECT_EQ(sync.uncertainty_ns(), 0);
}

TEST(ClockSyncTest, AnAnswerBeforeItsQuestionIsIgnored) {
  ClockSync sync;
  sync.AddSample(1'000, 900, 5);
  EXPECT_EQ(sync.samples(), 0);
  EXPECT_EQ(sync.offset_ns(), 0);
}

TEST(ClockSyncTest, ALyingClockOverflowsNothing) {
  for (int64_t lie : {INT64_MIN, INT64_MAX, int64_t{-1}}) {
    ClockSync sync;
    sync.AddSample(1'000, 1'100, lie);
    EXPECT_EQ(static_cast<uint64_t>(sync.ToWorker(1'050)),
              static_cast<uint64_t>(lie));
    sync.ToWorker(INT64_MAX);
  }
}

}  // namespace
}  // namespace invocator
