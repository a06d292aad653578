#include "coordinator/progress/recent_activity.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace invocator {
namespace {

constexpr int64_t kS = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

Histogram Of(int64_t ns, uint64_t count = 1) {
  Histogram histogram;
  histogram.Add(ns, count);
  return histogram;
}

TEST(RecentActivityTest, PlannedIsTheRateOfTheLastSeconds) {
  // Two lanes: 3 calls a second for 10 s, then 30.
  std::vector<uint64_t> first(20, 2);
  std::vector<uint64_t> second(10, 1);
  second.resize(20, 28);
  const RecentActivity activity({first, second}, 1, 1);
  EXPECT_DOUBLE_EQ(activity.PlannedPerS(0), 0);
  EXPECT_DOUBLE_EQ(activity.PlannedPerS(0.5), 3) << "of what has passed";
  EXPECT_DOUBLE_EQ(activity.PlannedPerS(7.25), 3);
  EXPECT_DOUBLE_EQ(activity.PlannedPerS(12.5), (2.5 * 3 + 2.5 * 30) / 5);
  EXPECT_DOUBLE_EQ(activity.PlannedPerS(15), 30);
  EXPECT_DOUBLE_EQ(activity.PlannedPerS(22), 3 * 30 / 5.0) << "after the end";
  EXPECT_DOUBLE_EQ(activity.PlannedPerS(1000), 0);
}

TEST(RecentActivityTest, SentIsMeasuredBetweenReports) {
  RecentActivity activity({}, 1, 2);
  EXPECT_FALSE(activity.SentPerS(0.5));
  for (int64_t s = 1; s <= 20; ++s) {
    activity.SetSent(0, s * kS, static_cast<uint64_t>(s <= 10 ? s : 10) * 100);
    // Of this one the reports have another rhythm.
    activity.SetSent(1, s * kS - 300 * kMs, static_cast<uint64_t>(s * 10 - 3));
    if (s <= 10) {
      EXPECT_NEAR(*activity.SentPerS(static_cast<double>(s)), 110, 1e-6);
    }
  }
  EXPECT_NEAR(*activity.SentPerS(20), 10, 1e-6);
}

TEST(RecentActivityTest, ASilentWorkerCountsAsZero) {
  RecentActivity activity({}, 1, 1);
  activity.SetSent(0, 2 * kS, 100);
  EXPECT_DOUBLE_EQ(*activity.SentPerS(6.9), 50);
  EXPECT_DOUBLE_EQ(*activity.SentPerS(7.1), 0);
}

TEST(RecentActivityTest, ReportsThatGoBackAreIgnored) {
  RecentActivity activity({}, 1, 1);
  activity.SetSent(0, 2 * kS, 100);
  activity.SetSent(0, 2 * kS, 500);
  activity.SetSent(0, 1 * kS, 500);
  activity.SetSent(0, -1, 500);
  EXPECT_DOUBLE_EQ(*activity.SentPerS(2), 50);
  activity.SetSent(0, 4 * kS, 0);
  EXPECT_DOUBLE_EQ(*activity.SentPerS(4), 25) << "never negative";
}

TEST(RecentActivityTest, ManyReportsASecondGiveTheSameRate) {
  RecentActivity activity({}, 1, 1);
  for (int64_t ms = 1; ms <= 20'000; ++ms) {
    activity.SetSent(0, ms * kMs, static_cast<uint64_t>(ms));
  }
  EXPECT_NEAR(*activity.SentPerS(20), 1000, 1e-6);
}

TEST(RecentActivityTest, ResponsesAreForgottenAfterFiveSeconds) {
  RecentActivity activity({}, 1, 1);
  activity.AddResponses(0.2, Of(1 * kMs, 100), false);
  activity.AddResponses(3.2, Of(2 * kMs), false);
  EXPECT_EQ(activity.Responses(4.9).count(), 101u);
  EXPECT_EQ(activity.Responses(5.0).count(), 1u);
  activity.AddResponses(5.5, Of(3 * kMs, 2), false);  // in the slot of 0.2 s
  EXPECT_EQ(activity.Responses(5.5).count(), 3u);
  EXPECT_EQ(activity.Responses(100).count(), 0u);
  EXPECT_EQ(activity.measured().count(), 103u);
}

TEST(RecentActivityTest, AWarmUpIsRecentButNotMeasured) {
  RecentActivity activity({}, 1, 1);
  activity.AddResponses(-0.1, Of(1 * kMs), true);
  activity.AddResponses(0.9, Of(2 * kMs), false);
  EXPECT_EQ(activity.Responses(1).count(), 2u);
  EXPECT_EQ(activity.measured().count(), 1u);
  EXPECT_EQ(activity.measured().min_ns(), 2 * kMs);
}

}  // namespace
}  // namespace invocator
