#include "coordinator/statistics/quantile_interval.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "coordinator/statistics/bin_noise.h"
#include "coordinator/statistics/distributions.h"

namespace invocator {
namespace {

// Runs that are asked for get some more calls: the inflation that the number
// comes from is itself an estimate, and low in runs that were lucky.
constexpr double kSpareCalls = 2;

// How much larger the share beyond the guard's cut is.
constexpr double kGuard = 1.5;

// A percentile nearer to the median: p98.5 for p99.
double GuardRatio(double ratio) {
  return ratio > 0.5 ? 1 - std::min(kGuard * (1 - ratio), 0.5)
                     : std::min(kGuard * ratio, 0.5);
}

}  // namespace

Interval QuantileInterval(const LatencyBins& bins, double ratio,
                          double confidence) {
  Interval interval;
  if (bins.count() == 0) {
    interval.unknown = Unknown::kNoCalls;
    return interval;
  }
  const int64_t estimate_ns = bins.whole().QuantileNs(ratio);
  interval.estimate = static_cast<double>(estimate_ns);
  if (!(ratio > 0 && ratio < 1)) {
    interval.unknown = Unknown::kExtreme;
    return interval;
  }

  const auto n = static_cast<double>(bins.count());
  const int cell = Histogram::CellIndex(estimate_ns);
  const int guard =
      Histogram::CellIndex(bins.whole().QuantileNs(GuardRatio(ratio)));
  Inflation inflation;
  for (const int edge : {cell, cell - 1, guard}) {
    const std::vector<double> below = bins.CountsUpTo(edge);
    const BinNoise noise =
        MeasureBinNoise(ResidualsOf(below, bins.calls()), bins.calls());
    interval.bins = noise.bins;
    if (noise.unknown != Unknown::kNothing) {
      interval.unknown = noise.unknown;
      return interval;
    }
    // The share observed: cells make it differ from `ratio`.
    double share = 0;
    for (const double count : below) share += count / n;
    const Inflation at_edge =
        InflationOf(noise, n * share * (1 - share), confidence);
    if (at_edge.Both() > inflation.Both()) inflation = at_edge;
  }
  interval.effective_n = n / inflation.variance;

  const double tail = (1 - confidence) / 2;
  const double stretch = inflation.Both();
  const RankBounds ranks = BoundRanks(n / stretch, ratio, tail);
  if (ranks.low.has_value()) {
    interval.low = static_cast<double>(
        bins.ValueNs(std::clamp(std::floor(*ranks.low * stretch), 1.0, n)));
  }
  if (ranks.high.has_value()) {
    interval.high = static_cast<double>(
        bins.ValueNs(std::clamp(std::ceil(*ranks.high * stretch), 1.0, n)));
  }
  if (!interval.IsKnown()) {
    interval.unknown = Unknown::kFewCalls;
    const double needed =
        std::ceil(kSpareCalls * stretch * FewestCallsForRanks(ratio, tail));
    interval.needed_calls = static_cast<uint64_t>(std::min(needed, 1e18));
  }
  return interval;
}

}  // namespace invocator
