#include "coordinator/statistics/paired_bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "coordinator/statistics/block_draws.h"
#include "coordinator/statistics/difference.h"
#include "coordinator/statistics/drawn_quantile.h"
#include "coordinator/statistics/mean_interval.h"
#include "coordinator/statistics/quantile_interval.h"
#include "tests/support/simulated_latencies.h"

namespace invocator {
namespace {

constexpr double kSeconds = 60;

struct Pair {
  LatencyBins a;
  LatencyBins b;
};

// Two versions under one schedule of 100/s: lognormal latencies, median 20 ms,
// in one weather that slows both by some 10 % for some seconds.
Pair PlayPair(uint32_t run, double slower) {
  Dice dice(/*seed=*/7, run);
  std::vector<SimulatedCall> a, b;
  double weather = dice.Normal();
  double before = 0;
  for (double at = dice.Exponential(0.01); at < kSeconds;
       at += dice.Exponential(0.01)) {
    const double same = std::exp(-(at - before) / 2.0);
    weather = same * weather + std::sqrt(1 - same * same) * dice.Normal();
    before = at;
    const double base_s = 0.02 * std::exp(0.1 * weather);
    a.push_back({at, base_s * std::exp(0.4 * dice.Normal())});
    b.push_back({at, slower * base_s * std::exp(0.4 * dice.Normal())});
  }
  return {LatencyBins(Histograms(a, kSeconds)),
          LatencyBins(Histograms(b, kSeconds))};
}

bool ExcludesZero(const Interval& interval) {
  return (interval.low && *interval.low > 0) ||
         (interval.high && *interval.high < 0);
}

TEST(PairedBootstrap, EqualVersionsRaiseAnAlarmIn2To8PercentOfPairs) {
  int p50 = 0, p90 = 0, p99 = 0, mean = 0;
  constexpr int kPairs = 400;
  for (uint32_t run = 0; run < kPairs; ++run) {
    const Pair pair = PlayPair(run + 2000, 1);
    const BootstrapOptions options = {.seed = run};
    p50 +=
        ExcludesZero(PairedQuantile(pair.a, pair.b, 0.5, options).difference);
    p90 +=
        ExcludesZero(PairedQuantile(pair.a, pair.b, 0.9, options).difference);
    p99 +=
        ExcludesZero(PairedQuantile(pair.a, pair.b, 0.99, options).difference);
    mean += ExcludesZero(PairedMean(pair.a, pair.b, options).difference);
  }
  std::printf("alarms of %d: p50 %d, p90 %d, p99 %d, mean %d\n", kPairs, p50,
              p90, p99, mean);
  for (const int alarms : {p50, p90, p99, mean}) {
    EXPECT_GE(alarms, 0.02 * kPairs);
    EXPECT_LE(alarms, 0.08 * kPairs);
  }
}

TEST(PairedBootstrap, FindsThreePercentWhereTwoRunsDoNot) {
  int paired = 0, independent = 0;
  constexpr int kPairs = 100;
  for (uint32_t run = 0; run < kPairs; ++run) {
    const Pair pair = PlayPair(run, 1.03);
    paired += PairedMean(pair.a, pair.b).difference.low > 0;
    const Pair other = PlayPair(run + 1000, 1.03);
    const Interval apart =
        Difference(MeanInterval(pair.a), MeanInterval(other.b));
    independent += apart.low > 0;
  }
  std::printf("found of %d: paired %d, independent %d\n", kPairs, paired,
              independent);
  EXPECT_GE(paired, 80);
  EXPECT_LT(independent, paired / 2);
}

// Bins of the same instants, one call a millisecond slower in `b`.
Pair Shifted(size_t bins, int64_t shift_ns) {
  Pair pair;
  for (size_t bin = 0; bin < bins; ++bin) {
    Histogram a, b;
    for (int64_t i = 1; i <= 40; ++i) {
      const auto jump = static_cast<int64_t>(bin * bin * 7 % 11);
      a.Add(i * 51'200 + jump * 512'000, 1);
      b.Add(i * 51'200 + jump * 512'000 + shift_ns, 1);
    }
    pair.a.Add(a);
    pair.b.Add(b);
  }
  return pair;
}

TEST(PairedBootstrap, WhatBothShareCancelsOut) {
  const Pair pair = Shifted(60, 1'024'000);
  const PairedChange mean = PairedMean(pair.a, pair.b);
  ASSERT_TRUE(mean.difference.IsKnown());
  EXPECT_NEAR(mean.difference.estimate, 1'024'000, 1);
  EXPECT_NEAR(*mean.difference.low, 1'024'000, 1);
  EXPECT_NEAR(*mean.difference.high, 1'024'000, 1);
  const double a_mean = pair.a.whole().MeanNs();
  ASSERT_TRUE(mean.relative.has_value());
  EXPECT_NEAR(mean.relative->estimate, 1'024'000 / a_mean, 1e-9);
  // The bins of `a` differ, so its own mean is far less certain.
  const Interval own = MeanInterval(pair.a);
  EXPECT_GT(*own.high - *own.low, 100'000);
}

// Each version's own bins are all trend.
TEST(PairedBootstrap, ATrendOfBothCancelsOut) {
  LatencyBins a, b;
  for (int64_t bin = 0; bin < 60; ++bin) {
    Histogram of_a, of_b;
    for (int64_t i = 1; i <= 40; ++i) {
      of_a.Add(i * 512 + bin * 51'200, 1);
      of_b.Add(i * 512 + bin * 51'200 + 102'400, 1);
    }
    a.Add(of_a);
    b.Add(of_b);
  }
  EXPECT_EQ(QuantileInterval(a, 0.5).unknown, Unknown::kMemory);
  EXPECT_EQ(MeanInterval(a).unknown, Unknown::kMemory);
  const Interval p50 = PairedQuantile(a, b, 0.5).difference;
  ASSERT_TRUE(p50.IsKnown());
  EXPECT_EQ(*p50.low, 102'400);
  EXPECT_EQ(*p50.high, 102'400);
  const Interval mean = PairedMean(a, b).difference;
  ASSERT_TRUE(mean.IsKnown());
  EXPECT_NEAR(*mean.low, 102'400, 1);
  EXPECT_NEAR(*mean.high, 102'400, 1);
}

TEST(PairedBootstrap, IsTheSameForASeed) {
  const Pair pair = PlayPair(3, 1.03);
  const auto change = [&](uint32_t seed) {
    return PairedQuantile(pair.a, pair.b, 0.9, {.seed = seed}).difference;
  };
  EXPECT_EQ(change(5), change(5));
  EXPECT_NE(change(5), change(6));
}

// Histogram::QuantileNs over every draw, without any of the shortcuts.
TEST(PairedBootstrap, DrawnQuantilesAreThoseOfMergedHistograms) {
  Dice dice(/*seed=*/7, 5);
  std::vector<Histogram> bins =
      Histograms(ColdClusters(50, 1, 3)(dice, 20), 20);
  const LatencyBins latency_bins(bins);
  for (const double ratio : {0.01, 0.5, 0.9, 0.99}) {
    DrawnQuantile drawn(
        latency_bins, ratio, [](absl::Span<const double> by_bin) {
          return std::vector<double>(by_bin.begin(), by_bin.end());
        });
    BlockDraws draws(/*seed=*/1, bins.size());
    for (int draw = 0; draw < 50; ++draw) {
      const absl::Span<const double> times = draws.Next();
      Histogram merged;
      double all = 0;
      for (size_t b = 0; b < bins.size(); ++b) {
        all += times[b];
        for (int i = 0; i < times[b]; ++i) merged.Merge(bins[b]);
      }
      EXPECT_EQ(all, 20);
      EXPECT_EQ(Histogram::CellIndex(std::llround(drawn.Of(times))),
                Histogram::CellIndex(merged.QuantileNs(ratio)));
    }
  }
}

TEST(PairedBootstrap, EndsThatRunsOfThisLengthCannotKnowAreUnknown) {
  const Pair pair = Shifted(12, 512);
  const Interval p999 = PairedQuantile(pair.a, pair.b, 0.999).difference;
  EXPECT_FALSE(p999.low.has_value());
  EXPECT_FALSE(p999.high.has_value());
  EXPECT_EQ(p999.unknown, Unknown::kFewCalls);
  EXPECT_GT(p999.needed_calls, 3688u);
}

TEST(PairedBootstrap, SaysWhyThereIsNone) {
  const Pair few = Shifted(9, 512);
  EXPECT_EQ(PairedMean(few.a, few.b).difference.unknown, Unknown::kFewBins);
  EXPECT_EQ(PairedQuantile(few.a, few.b, 0.5).difference.unknown,
            Unknown::kFewBins);
  const std::vector<Histogram> empty(60);
  const LatencyBins none(empty);
  const Pair full = Shifted(60, 512);
  for (const auto& [a, b] : {std::pair(&none, &none), std::pair(&none, &full.b),
                             std::pair(&full.a, &none)}) {
    EXPECT_EQ(PairedMean(*a, *b).difference.unknown, Unknown::kNoCalls);
    EXPECT_EQ(PairedQuantile(*a, *b, 0.5).difference.unknown,
              Unknown::kNoCalls);
    EXPECT_FALSE(PairedMean(*a, *b).relative.has_value());
  }
  EXPECT_EQ(PairedMean(LatencyBins(), LatencyBins()).difference.unknown,
            Unknown::kNoCalls);
}

TEST(PairedBootstrap, RareEventsAreComparedByTheirOwnIntervals) {
  const std::vector<ShareBin> none(60, {0, 50});
  std::vector<ShareBin> some(60, {0, 50});
  some[7].hits = some[31].hits = 1;
  const PairedChange change = PairedShare(none, some);
  EXPECT_EQ(change.difference,
            Difference(ShareInterval(none), ShareInterval(some)));
  EXPECT_GT(*change.difference.high, change.difference.estimate);
  EXPECT_LT(*change.difference.low, 0);
}

TEST(PairedBootstrap, ColdSharesAreDrawnTogether) {
  std::vector<ShareBin> a, b;
  for (uint64_t bin = 0; bin < 60; ++bin) {
    const uint64_t hits = bin * bin * 7 % 11;
    a.push_back({hits, 50});
    b.push_back({hits + 1, 50});
  }
  const PairedChange change = PairedShare(a, b);
  ASSERT_TRUE(change.difference.IsKnown());
  EXPECT_NEAR(change.difference.estimate, 0.02, 1e-12);
  EXPECT_NEAR(*change.difference.low, 0.02, 1e-9);
  EXPECT_NEAR(*change.difference.high, 0.02, 1e-9);
}

TEST(PairedBootstrap, HugeCountsStayFinite) {
  LatencyBins a, b;
  for (uint64_t bin = 0; bin < 60; ++bin) {
    Histogram of_a, of_b;
    of_a.Add(1'000'000, (uint64_t{1} << 46) + bin * bin * 7 % 11);
    of_b.Add(2'000'000, uint64_t{1} << 46);
    a.Add(of_a);
    b.Add(of_b);
  }
  const Interval p50 = PairedQuantile(a, b, 0.5).difference;
  ASSERT_TRUE(p50.IsKnown());
  EXPECT_NEAR(*p50.low, 1'000'000, 1000);
  EXPECT_NEAR(*p50.high, 1'000'000, 1000);
  EXPECT_NEAR(*PairedMean(a, b).difference.high, 1'000'000, 1000);
}

}  // namespace
}  // namespace invocator
