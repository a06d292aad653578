// Values of tests/oracle/statistics.py (scipy).
#include "coordinator/statistics/share_interval.h"

#include <gtest/gtest.h>

#include <vector>

namespace invocator {
namespace {

TEST(ShareInterval, IsClopperAndPearsonsForTheCallsItIsWorth) {
  std::vector<ShareBin> bins;
  for (uint64_t i = 0; i < 30; ++i) {
    bins.push_back({i % 10 == 0 ? 0 : i * i % 7, 20 + i * 5 % 9});
  }
  const Interval share = ShareInterval(bins);
  EXPECT_NEAR(share.estimate, 0.07563025210084033, 1e-12);
  EXPECT_NEAR(share.effective_n, 524.122001370802, 1e-6);
  EXPECT_NEAR(*share.low, 0.05364299745929648, 1e-9);
  EXPECT_NEAR(*share.high, 0.10299418257985878, 1e-9);
}

TEST(ShareInterval, NoneAndAllStillHaveAnotherEnd) {
  const Interval none = ShareInterval(std::vector<ShareBin>(20, {0, 50}));
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(*none.high, 0.003682083896639526, 1e-12);
  const Interval all = ShareInterval(std::vector<ShareBin>(20, {50, 50}));
  EXPECT_EQ(all.high, 1);
  EXPECT_NEAR(*all.low, 0.9963179161033608, 1e-12);
}

TEST(ShareInterval, FailuresInOneBinAreOneEvent) {
  std::vector<ShareBin> spread(60, {0, 100});
  for (size_t b = 1; b < 60; b += 3) spread[b].hits = 1;
  std::vector<ShareBin> cluster(60, {0, 100});
  cluster[30].hits = 20;
  const Interval apart = ShareInterval(spread);
  const Interval together = ShareInterval(cluster);
  EXPECT_EQ(apart.estimate, together.estimate);
  EXPECT_EQ(apart.effective_n, 6000);
  EXPECT_LT(together.effective_n, 6000 / 10);
  EXPECT_GT(*together.high, 2 * *apart.high);
  EXPECT_LT(*together.low, *apart.low / 2);
}

TEST(ShareInterval, SaysWhyThereIsNone) {
  EXPECT_EQ(ShareInterval({}).unknown, Unknown::kNoCalls);
  EXPECT_EQ(ShareInterval(std::vector<ShareBin>(60)).unknown,
            Unknown::kNoCalls);
  const Interval few = ShareInterval(std::vector<ShareBin>(9, {1, 4}));
  EXPECT_EQ(few.unknown, Unknown::kFewBins);
  EXPECT_EQ(few.estimate, 0.25);
}

TEST(ShareInterval, HugeCountsStayFinite) {
  std::vector<ShareBin> bins;
  for (uint64_t b = 0; b < 60; ++b) {
    bins.push_back({(uint64_t{1} << 45) + b * b * 7 % 11, uint64_t{1} << 46});
  }
  const Interval share = ShareInterval(bins);
  EXPECT_NEAR(*share.low, 0.5, 1e-6);
  EXPECT_NEAR(*share.high, 0.5, 1e-6);
  EXPECT_LT(*share.low, *share.high);
}

}  // namespace
}  // namespace invocator
