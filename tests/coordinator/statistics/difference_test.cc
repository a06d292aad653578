#include "coordinator/statistics/difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

namespace invocator {
namespace {

Interval Of(double estimate, std::optional<double> low,
            std::optional<double> high) {
  Interval interval;
  interval.estimate = estimate;
  interval.low = low;
  interval.high = high;
  interval.effective_n = 1000;
  if (!interval.IsKnown()) interval.unknown = Unknown::kFewCalls;
  return interval;
}

// 3, 4, 5 and 5, 12, 13.
TEST(Difference, SquaresAndAddsTheSidesThatFaceEachOther) {
  const Interval d = Difference(Of(100, 88, 104), Of(150, 147, 155));
  EXPECT_EQ(d.estimate, 50);
  EXPECT_EQ(d.low, 50 - 5);    // 150 - 147 and 104 - 100
  EXPECT_EQ(d.high, 50 + 13);  // 155 - 150 and 100 - 88
  EXPECT_EQ(d.unknown, Unknown::kNothing);
}

TEST(Difference, AnUnknownEndMakesTheOneThatNeedsItUnknown) {
  const Interval known = Of(100, 90, 110);
  const Interval open = Of(150, 140, std::nullopt);
  const Interval worse = Difference(known, open);
  EXPECT_TRUE(worse.low.has_value());
  EXPECT_FALSE(worse.high.has_value());
  EXPECT_EQ(worse.unknown, Unknown::kFewCalls);
  const Interval better = Difference(open, known);
  EXPECT_FALSE(better.low.has_value());
  EXPECT_TRUE(better.high.has_value());
}

TEST(Difference, OneBaselineIsThatRun) {
  const Interval a = Of(100, 88, 104);
  const Interval b = Of(150, 147, 155);
  EXPECT_EQ(DifferenceFromBaselines({a}, b), Difference(a, b));
}

// scipy.stats.t.isf(0.025, 3) * numpy.std([90, 100, 110, 120], ddof=1) *
// numpy.sqrt(1 + 1/4)
TEST(Difference, BaselinesThatVaryWidenIt) {
  std::vector<Interval> baselines;
  for (const double each : {90, 100, 110, 120}) {
    baselines.push_back(Of(each, each - 1, each + 1));
  }
  const Interval d = DifferenceFromBaselines(baselines, Of(150, 149, 151));
  EXPECT_EQ(d.estimate, 45);
  EXPECT_NEAR(*d.high - 45, 45.93465577593499, 1e-9);
  EXPECT_NEAR(45 - *d.low, 45.93465577593499, 1e-9);
}

TEST(Difference, BaselinesThatAgreeDoNotHideTheRunsOwnNoise) {
  const std::vector<Interval> baselines(4, Of(100, 90, 120));
  const Interval d = DifferenceFromBaselines(baselines, Of(150, 140, 170));
  EXPECT_NEAR(50 - *d.low, std::hypot(10, 20 / std::sqrt(4)), 1e-9);
  EXPECT_NEAR(*d.high - 50, std::hypot(20, 10 / std::sqrt(4)), 1e-9);
}

TEST(Difference, ABaselineWithoutAnEndLeavesNone) {
  const Interval d = DifferenceFromBaselines(
      {Of(100, 90, 110), Of(100, 90, std::nullopt)}, Of(150, 140, 160));
  EXPECT_FALSE(d.low.has_value());
  EXPECT_TRUE(d.high.has_value());
  EXPECT_EQ(d.unknown, Unknown::kFewCalls);
}

}  // namespace
}  // namespace invocator
