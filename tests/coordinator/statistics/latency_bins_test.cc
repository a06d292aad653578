#include "coordinator/statistics/latency_bins.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "tests/support/same_histogram.h"
#include "tests/support/simulated_latencies.h"

namespace invocator {
namespace {

std::vector<Histogram> SomeBins() {
  Dice dice(/*seed=*/1, 2);
  std::vector<Histogram> bins = Histograms(MM1(0.5, 20)(dice, 12), 12);
  bins[3].Clear();
  bins[5].Add(-7, 2);                     // clamped
  bins[6].Add(2 * Histogram::kMaxNs, 1);  // clamped
  bins.emplace_back();
  return bins;
}

TEST(LatencyBins, TheWholeIsTheMergedHistogram) {
  const std::vector<Histogram> bins = SomeBins();
  Histogram merged;
  for (const Histogram& bin : bins) merged.Merge(bin);
  const LatencyBins all(bins);
  EXPECT_EQ(all.size(), 13u);
  EXPECT_EQ(all.count(), merged.count());
  EXPECT_TRUE(Same(all.whole(), merged));
}

TEST(LatencyBins, CountsUpToACellAreThoseOfTheHistograms) {
  const std::vector<Histogram> bins = SomeBins();
  const LatencyBins all(bins);
  for (const int cell : {-1, 0, 1, 5, 900, 5000, Histogram::kCells - 1}) {
    const std::vector<double> counts = all.CountsUpTo(cell);
    ASSERT_EQ(counts.size(), bins.size());
    for (size_t b = 0; b < bins.size(); ++b) {
      uint64_t expected = 0;
      for (int c = 0; c <= cell; ++c) expected += bins[b].CellCount(c);
      EXPECT_EQ(counts[b], static_cast<double>(expected)) << b << " " << cell;
    }
  }
}

TEST(LatencyBins, MediansAreThoseOfTheHistograms) {
  const std::vector<Histogram> bins = SomeBins();
  const LatencyBins all(bins);
  for (size_t b = 0; b < bins.size(); ++b) {
    if (bins[b].count() == 0) continue;
    EXPECT_EQ(Histogram::CellIndex(all.MedianNs(b)),
              Histogram::CellIndex(bins[b].QuantileNs(0.5)))
        << b;
  }
}

TEST(LatencyBins, AValueHasItsRank) {
  const LatencyBins all(SomeBins());
  const auto n = static_cast<double>(all.count());
  EXPECT_EQ(all.ValueNs(n), Histogram::kMaxNs);
  EXPECT_EQ(all.ValueNs(1), Histogram::CellHighestNs(0));
  EXPECT_EQ(all.ValueNs(3), all.whole().QuantileNs(3 / n));
}

// numpy.var of the middles of cells 0 (0 .. 511 ns) and 4 (2048 .. 2559 ns),
// once and three times.
TEST(LatencyBins, VarianceIsThatOfTheCellsMiddles) {
  Histogram bin;
  bin.Add(100, 1);
  bin.Add(2100, 3);
  LatencyBins bins;
  EXPECT_EQ(bins.VarianceNs2(), 0);
  bins.Add(bin);
  EXPECT_NEAR(bins.VarianceNs2(), 2048.0 * 2048 * 3 / 16, 1e-6);
}

}  // namespace
}  // namespace invocator
