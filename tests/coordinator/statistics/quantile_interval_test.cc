#include "coordinator/statistics/quantile_interval.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "common/arrivals/rng.h"

namespace invocator {
namespace {

constexpr int64_t kUs = 1000;

// `calls` values 1 .. calls, in units of 512 ns (cells of their own up to
// 2,048), dealt to the bins as evenly as can be, every ninth in turn.
LatencyBins Dealt(int64_t calls, size_t bins) {
  std::vector<Histogram> histograms(bins);
  for (int64_t i = 1; i <= calls; ++i) {
    histograms[static_cast<size_t>(i) * 9 % bins].Add(i * 512, 1);
  }
  return LatencyBins(histograms);
}

LatencyBins Equal(size_t bins, uint64_t calls_each, int64_t value_ns) {
  std::vector<Histogram> histograms(bins);
  for (Histogram& bin : histograms) bin.Add(value_ns, calls_each);
  return LatencyBins(histograms);
}

int64_t RankOf(double value_ns) { return static_cast<int64_t>(value_ns) / 512; }

// Ranks of tests/oracle/statistics.py (scipy.stats.binom).
TEST(QuantileInterval, IsTheExactOrderStatisticWhereBinsDoNotInflate) {
  const Interval p99 = QuantileInterval(Dealt(1000, 20), 0.99);
  EXPECT_EQ(RankOf(p99.estimate), 990);
  EXPECT_EQ(RankOf(*p99.low), 983);
  EXPECT_EQ(RankOf(*p99.high), 997);
  EXPECT_EQ(p99.effective_n, 1000);
  EXPECT_EQ(p99.bins, 20u);
  EXPECT_EQ(p99.unknown, Unknown::kNothing);
  const Interval p50 = QuantileInterval(Dealt(20, 10), 0.5);
  EXPECT_EQ(RankOf(p50.estimate), 10);
  EXPECT_EQ(RankOf(*p50.low), 6);
  EXPECT_EQ(RankOf(*p50.high), 15);
}

TEST(QuantileInterval, MoreConfidenceIsWider) {
  const LatencyBins bins = Dealt(1000, 20);
  const Interval usual = QuantileInterval(bins, 0.9);
  const Interval sure = QuantileInterval(bins, 0.9, 0.99);
  EXPECT_LT(*sure.low, *usual.low);
  EXPECT_GT(*sure.high, *usual.high);
}

TEST(QuantileInterval, AnUpperEndNeeds368CallsForP99) {
  const Interval few = QuantileInterval(Dealt(367, 20), 0.99);
  EXPECT_TRUE(few.low.has_value());
  EXPECT_FALSE(few.high.has_value());
  EXPECT_EQ(few.unknown, Unknown::kFewCalls);
  EXPECT_EQ(few.needed_calls, 735u);  // 2 ln(0.025) / ln(0.99)
  const Interval enough = QuantileInterval(Dealt(368, 20), 0.99);
  EXPECT_EQ(RankOf(*enough.high), 368);
}

TEST(QuantileInterval, ALowerEndOfALowPercentileNeedsThemToo) {
  const Interval few = QuantileInterval(Dealt(367, 20), 0.01);
  EXPECT_FALSE(few.low.has_value());
  EXPECT_TRUE(few.high.has_value());
  EXPECT_EQ(few.unknown, Unknown::kFewCalls);
}

// Two kinds of bins in an irregular order: what their scatter says is worth far
// fewer calls.
TEST(QuantileInterval, BinsThatDifferAreWorthFewerCalls) {
  std::vector<Histogram> histograms(60);
  for (size_t b = 0; b < 60; ++b) {
    for (int64_t i = 1; i <= 100; ++i) {
      histograms[b].Add((b * b * 7 % 11 > 5 ? 10 : 1) * i * 512, 1);
    }
  }
  const Interval interval = QuantileInterval(LatencyBins(histograms), 0.5);
  EXPECT_LT(interval.effective_n, 6000 / 10);
  EXPECT_TRUE(interval.IsKnown());
}

TEST(QuantileInterval, EqualValuesAreKnownExactly) {
  const Interval p99 = QuantileInterval(Equal(60, 100, 2000 * kUs), 0.99);
  EXPECT_EQ(p99.estimate, 2000 * kUs);
  EXPECT_EQ(p99.low, 2000 * kUs);
  EXPECT_EQ(p99.high, 2000 * kUs);
  EXPECT_EQ(p99.effective_n, 6000);
}

// 1.1 % of the calls are slow, all of them alike and in six bins: no call lies
// above the percentile, so only the lower edge of its cell shows the clusters.
TEST(QuantileInterval, ClustersOfOneRepeatedValueAreSeenFromBelow) {
  std::vector<Histogram> histograms(60);
  for (Histogram& bin : histograms) bin.Add(1000 * kUs, 100);
  for (const size_t b : {3u, 8u, 21u, 22u, 40u, 51u}) {
    histograms[b].Add(500'000 * kUs, 11);
  }
  const Interval p99 = QuantileInterval(LatencyBins(histograms), 0.99);
  EXPECT_EQ(p99.estimate, 500'000 * kUs);
  ASSERT_TRUE(p99.low.has_value());
  EXPECT_LT(*p99.low, 1001 * kUs);
  EXPECT_LT(p99.effective_n, 6000 / 5);
}

TEST(QuantileInterval, NoCallsNoEstimate) {
  EXPECT_EQ(QuantileInterval(LatencyBins(), 0.5).unknown, Unknown::kNoCalls);
  EXPECT_EQ(QuantileInterval(Equal(60, 0, 1), 0.5).unknown, Unknown::kNoCalls);
}

TEST(QuantileInterval, OneCallIsAnEstimateOfOneBin) {
  std::vector<Histogram> histograms(60);
  histograms[7].Add(5 * kUs, 1);
  const Interval p50 = QuantileInterval(LatencyBins(histograms), 0.5);
  EXPECT_EQ(p50.estimate, 5 * kUs);
  EXPECT_EQ(p50.unknown, Unknown::kFewBins);
  EXPECT_EQ(p50.bins, 1u);
  EXPECT_FALSE(p50.low || p50.high);
}

TEST(QuantileInterval, MinimumAndMaximumHaveNone) {
  const LatencyBins bins = Dealt(1000, 20);
  EXPECT_EQ(QuantileInterval(bins, 0).unknown, Unknown::kExtreme);
  EXPECT_EQ(QuantileInterval(bins, 1).unknown, Unknown::kExtreme);
  EXPECT_EQ(RankOf(QuantileInterval(bins, 1).estimate), 1000);
}

TEST(QuantileInterval, ManyBinsOfOneCallEachAreCallsOfTheirOwn) {
  StreamRng rng(1, "one call a bin");
  std::vector<Histogram> histograms(1800);
  for (Histogram& bin : histograms) {
    bin.Add(static_cast<int64_t>(rng.Uniform() * 1e6) + 1000, 1);
  }
  const Interval p50 = QuantileInterval(LatencyBins(histograms), 0.5);
  EXPECT_EQ(p50.bins, 1800u);
  ASSERT_TRUE(p50.IsKnown());
  // +- 1.96 sqrt(0.25 / 1800) = 2.3 % of the range
  EXPECT_NEAR(*p50.high - *p50.low, 46'000, 12'000);
}

TEST(QuantileInterval, CountsNearTheTopOfTheCountersStayFinite) {
  std::vector<Histogram> histograms(60);
  for (size_t b = 0; b < 60; ++b) {
    histograms[b].Add(1000 * kUs, (uint64_t{1} << 46) - b * b * 7 % 11);
    histograms[b].Add(2000 * kUs, uint64_t{1} << 46);
  }
  for (const double ratio : {0.001, 0.5, 0.99, 0.9999}) {
    const Interval interval = QuantileInterval(LatencyBins(histograms), ratio);
    ASSERT_TRUE(interval.IsKnown()) << ratio;
    EXPECT_LE(*interval.low, interval.estimate);
    EXPECT_GE(*interval.high, interval.estimate);
  }
}

}  // namespace
}  // namespace invocator
