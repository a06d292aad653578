#include "coordinator/statistics/mean_interval.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace invocator {
namespace {

// Values of tests/oracle/statistics.py (numpy, scipy).
TEST(MeanInterval, IsNumpysRatioEstimateByBins) {
  std::vector<Histogram> histograms(20);
  for (int64_t b = 0; b < 20; ++b) {
    for (int64_t c = 0; c < 3 + b % 4; ++c) {
      histograms[static_cast<size_t>(b)].Add(
          (b * 13 + c * c * 5) % 97 * 5120 + 256, 1);
    }
  }
  const Interval mean = MeanInterval(LatencyBins(histograms));
  EXPECT_NEAR(mean.estimate, 236117.33333333334, 1e-6);
  EXPECT_NEAR(mean.effective_n, 34.62883294868206, 1e-6);
  EXPECT_NEAR(*mean.low, 186938.2596108405, 1e-3);
  EXPECT_NEAR(*mean.high, 285296.40705582616, 1e-3);
}

// var(X) = 250^2 cells of 512 ns; each bin has the same values.
TEST(MeanInterval, BinsMoreAlikeThanChanceDoNotNarrowIt) {
  std::vector<Histogram> histograms(25);
  for (Histogram& bin : histograms) {
    for (int i = 0; i < 50; ++i) {
      bin.Add(512 * 500, 1);
      bin.Add(512 * 1000, 1);
    }
  }
  const Interval mean = MeanInterval(LatencyBins(histograms));
  const double reach = 1.9599639845400545 * 512 * 250 / 50;  // sqrt(2500)
  EXPECT_NEAR(*mean.high - mean.estimate, reach, 1);
  EXPECT_NEAR(mean.estimate - *mean.low, reach, 1);
  EXPECT_EQ(mean.effective_n, 2500);
}

TEST(MeanInterval, EqualValuesAreKnownExactly) {
  std::vector<Histogram> histograms(12);
  for (Histogram& bin : histograms) bin.Add(777'777, 7);
  const Interval mean = MeanInterval(LatencyBins(histograms));
  EXPECT_EQ(mean.estimate, 777'777);
  EXPECT_NEAR(*mean.low, 777'777, 1e-3);
  EXPECT_NEAR(*mean.high, 777'777, 1e-3);
}

TEST(MeanInterval, SaysWhyThereIsNone) {
  EXPECT_EQ(MeanInterval(LatencyBins()).unknown, Unknown::kNoCalls);
  std::vector<Histogram> few(9);
  for (Histogram& bin : few) bin.Add(1000, 1000);
  EXPECT_EQ(MeanInterval(LatencyBins(few)).unknown, Unknown::kFewBins);
  std::vector<Histogram> rising(60);
  for (size_t b = 0; b < 60; ++b) {
    rising[b].Add(static_cast<int64_t>(b + 1) * 1'000'000, 100);
  }
  EXPECT_EQ(MeanInterval(LatencyBins(rising)).unknown, Unknown::kMemory);
}

}  // namespace
}  // namespace invocator
