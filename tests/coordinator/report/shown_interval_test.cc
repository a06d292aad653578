#include "coordinator/report/shown_interval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace invocator {
namespace {

using testing::HasSubstr;

Interval Known(double estimate, std::optional<double> low,
               std::optional<double> high) {
  Interval interval;
  interval.estimate = estimate;
  interval.low = low;
  interval.high = high;
  interval.effective_n = 123;
  return interval;
}

Interval NeedsCalls(double estimate, std::optional<double> low) {
  Interval interval = Known(estimate, low, std::nullopt);
  interval.unknown = Unknown::kFewCalls;
  interval.needed_calls = 3'688;
  return interval;
}

TEST(ShownIntervalTest, ARangeHasTheUnitOfItsEstimate) {
  EXPECT_EQ(LatencyRange(Known(212e6, 198e6, 241e6)), "198..241");
  EXPECT_EQ(LatencyRange(Known(990e6, 900e6, 1'100e6)), "900..1100");
  EXPECT_EQ(LatencyRange(Known(1.02e9, 0.981e9, 1.1e9)), "0.98..1.10");
  EXPECT_EQ(LatencyRange(NeedsCalls(212e6, 198e6)), "198..?");
  EXPECT_EQ(LatencyRange(NeedsCalls(212e6, std::nullopt)), "");
}

TEST(ShownIntervalTest, ARowStandsBelowItsValues) {
  LatencyIntervals intervals;
  intervals.mean = Known(20e6, 19e6, 21e6);
  intervals.percentiles[2] = NeedsCalls(212e6, 198e6);
  EXPECT_EQ(IntervalRow(intervals),
            "  95 %       19.0..21.0                           198..?"
            "                      \n");
  EXPECT_EQ(IntervalRow(LatencyIntervals()), "");
}

TEST(ShownIntervalTest, WhatIsNotKnownIsTold) {
  RunIntervals intervals;
  for (Interval& each : intervals.response.percentiles) {
    each = Known(20e6, 19e6, 21e6);
  }
  EXPECT_EQ(IntervalLines(intervals, 0), "");
  intervals.response.percentiles[3] = NeedsCalls(20e6, 19e6);
  EXPECT_EQ(IntervalLines(intervals, 0),
            "not known    of the response: p99.9 needs about 3688 calls\n");
  for (Interval& each : intervals.response.percentiles) {
    each = Interval();
    each.unknown = Unknown::kMemory;
  }
  EXPECT_EQ(IntervalLines(intervals, 0),
            "95 %         not known: the run is shorter than its own memory\n");
}

TEST(ShownIntervalTest, SteadinessHasItsEvidence) {
  RunIntervals intervals;
  for (Interval& each : intervals.response.percentiles) {
    each = Known(20e6, 19e6, 21e6);
  }
  Steadiness& steadiness = intervals.steadiness;
  steadiness.steady = Steady::kNo;
  steadiness.first_third_ns = 20e6;
  steadiness.last_third_ns = 25e6;
  steadiness.change = Known(0.25, 0.2, 0.3);
  steadiness.warmup_s = 12;
  EXPECT_EQ(IntervalLines(intervals, 3),
            "NOT STEADY   median response 20.0 ms in the first third, 25.0 ms "
            "in the last: +25.0 % (+20.0 .. +30.0)\n"
            "             settled with a warmup_in_seconds of 15\n");
  steadiness.steady = Steady::kYes;
  EXPECT_THAT(IntervalLines(intervals, 3), testing::StartsWith("steady  "));
  EXPECT_THAT(IntervalLines(intervals, 3), testing::Not(HasSubstr("warmup")));
}

TEST(ShownIntervalTest, JsonHasTheReasonOfAnUnknownEnd) {
  EXPECT_EQ(IntervalJson(Known(212e6, 198e6, 241e6), 1e3),
            Json({{"low", 198e3}, {"high", 241e3}, {"effective_n", 123.0}}));
  EXPECT_EQ(IntervalJson(NeedsCalls(212e6, 198e6), 1e3),
            Json({{"low", 198e3},
                  {"high", nullptr},
                  {"effective_n", 123.0},
                  {"unknown", "few_calls"},
                  {"needed_calls", 3'688}}));
}

}  // namespace
}  // namespace invocator
