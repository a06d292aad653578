#include "coordinator/statistics/paired_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "coordinator/statistics/bin_noise.h"
#include "coordinator/statistics/block_draws.h"
#include "coordinator/statistics/difference.h"
#include "coordinator/statistics/distributions.h"
#include "coordinator/statistics/drawn_quantile.h"
#include "coordinator/statistics/mean_interval.h"
#include "coordinator/statistics/quantile_interval.h"

namespace invocator {
namespace {

constexpr double kFewestEvents = 10;

// Sum of a number of each call, by bin, and calls.
struct Series {
  absl::Span<const double> numbers;
  absl::Span<const double> calls;
};

double SumOf(absl::Span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Blocks of bins in which two versions are drawn.
class Blocks {
 public:
  Blocks(const Series& a, const Series& b) {
    // Without calls all residuals are zero.
    const double a_calls = std::max(SumOf(a.calls), 1.0);
    const double b_calls = std::max(SumOf(b.calls), 1.0);
    std::vector<double> calls(a.calls.size());
    std::vector<double> residuals(a.calls.size());
    const std::vector<double> of_a = ResidualsOf(a.numbers, a.calls);
    const std::vector<double> of_b = ResidualsOf(b.numbers, b.calls);
    for (size_t bin = 0; bin < calls.size(); ++bin) {
      calls[bin] = a.calls[bin] + b.calls[bin];
      residuals[bin] =
          BeyondRounding(of_b[bin] / b_calls - of_a[bin] / a_calls,
                         std::max(std::abs(a.numbers[bin]) / a_calls,
                                  std::abs(b.numbers[bin]) / b_calls));
    }
    noise_ = MeasureBinNoise(residuals, calls);
    size_t full = 0;
    for (const double n : calls) {
      const bool is_full = n > 0 && noise_.groups > 0;
      of_bin_.push_back(
          is_full ? std::min(full++ / noise_.joined, noise_.groups - 1) : 0);
    }
  }

  const BinNoise& noise() const { return noise_; }

  // Bins without calls add zero wherever they are.
  std::vector<double> Sum(absl::Span<const double> by_bin) const {
    std::vector<double> sums(std::max<size_t>(noise_.groups, 1));
    for (size_t bin = 0; bin < by_bin.size(); ++bin) {
      sums[of_bin_[bin]] += by_bin[bin];
    }
    return sums;
  }

 private:
  BinNoise noise_;
  std::vector<size_t> of_bin_;
};

// The middle part of the draws, their distances from the estimate stretched.
void SetEnds(Interval& interval, std::vector<double>& draws, double confidence,
             double stretch) {
  const auto rank = [&](double share) {
    const double at = share * static_cast<double>(draws.size());
    return std::min(static_cast<size_t>(at), draws.size() - 1);
  };
  std::sort(draws.begin(), draws.end());
  const double tail = (1 - confidence) / 2;
  const double low = draws[rank(tail)] - interval.estimate;
  const double high = draws[rank(1 - tail)] - interval.estimate;
  interval.low = interval.estimate + stretch * low;
  interval.high = interval.estimate + stretch * high;
}

// `a` and `b`: the versions' own intervals, for the estimates. `draw`: numbers
// of both versions, given how often each block was drawn.
PairedChange Bootstrap(
    const Blocks& blocks, const Interval& a, const Interval& b,
    const BootstrapOptions& options,
    const std::function<std::pair<double, double>(absl::Span<const double>)>&
        draw) {
  PairedChange change;
  change.difference = Difference(a, b);
  change.difference.low.reset();
  change.difference.high.reset();
  const BinNoise& noise = blocks.noise();
  change.difference.bins = noise.bins;
  change.difference.unknown = noise.unknown;
  if (a.unknown == Unknown::kNoCalls || b.unknown == Unknown::kNoCalls) {
    change.difference.unknown = Unknown::kNoCalls;
  }
  if (a.estimate > 0 && change.difference.unknown != Unknown::kNoCalls) {
    change.relative = change.difference;
    change.relative->estimate = b.estimate / a.estimate - 1;
  }
  if (change.difference.unknown != Unknown::kNothing) return change;

  std::vector<double> differences;
  std::vector<double> relatives;
  BlockDraws draws(options.seed, noise.groups);
  for (int i = 0; i < options.draws; ++i) {
    const auto [of_a, of_b] = draw(draws.Next());
    differences.push_back(of_b - of_a);
    if (of_a > 0) relatives.push_back(of_b / of_a - 1);
  }
  const double tail = (1 - options.confidence) / 2;
  const auto groups = static_cast<double>(noise.groups);
  const double stretch = StudentCut(tail, noise.degrees) / NormalCut(tail) *
                         std::sqrt(groups / (groups - 1) * noise.tolerated);
  SetEnds(change.difference, differences, options.confidence, stretch);
  if (relatives.size() < differences.size()) change.relative.reset();
  if (change.relative.has_value()) {
    SetEnds(*change.relative, relatives, options.confidence, stretch);
  }
  return change;
}

// A version's own interval. Where its bins correlate, they may do so with those
// of the other version, whose difference is known all the same: then the ends
// are unknown only if independent calls would be too few.
Interval OwnEnds(Interval own, const LatencyBins& bins, double ratio,
                 double confidence) {
  if (own.unknown != Unknown::kMemory && own.unknown != Unknown::kFewBins) {
    return own;
  }
  const double tail = (1 - confidence) / 2;
  const auto n = static_cast<double>(bins.count());
  const RankBounds ranks = BoundRanks(n, ratio, tail);
  if (ranks.low.has_value()) own.low = own.estimate;
  if (ranks.high.has_value()) own.high = own.estimate;
  own.unknown = own.IsKnown() ? Unknown::kNothing : Unknown::kFewCalls;
  own.needed_calls =
      static_cast<uint64_t>(std::ceil(FewestCallsForRanks(ratio, tail)));
  return own;
}

// Takes back an end that independent runs could not know.
void ForgetUnknownEnds(Interval& interval, const Interval& independent) {
  if (interval.unknown != Unknown::kNothing || independent.IsKnown()) return;
  if (!independent.low.has_value()) interval.low.reset();
  if (!independent.high.has_value()) interval.high.reset();
  interval.unknown = independent.unknown;
  interval.needed_calls = independent.needed_calls;
}

PairedChange PairedRatioOf(const Series& a, const Series& b,
                           const Interval& own_a, const Interval& own_b,
                           const BootstrapOptions& options) {
  const Blocks blocks(a, b);
  const std::vector<double> a_numbers = blocks.Sum(a.numbers);
  const std::vector<double> a_calls = blocks.Sum(a.calls);
  const std::vector<double> b_numbers = blocks.Sum(b.numbers);
  const std::vector<double> b_calls = blocks.Sum(b.calls);
  const auto ratio = [](absl::Span<const double> times,
                        const std::vector<double>& numbers,
                        const std::vector<double>& calls) {
    const double n =
        std::inner_product(times.begin(), times.end(), calls.begin(), 0.0);
    if (n == 0) return 0.0;
    return std::inner_product(times.begin(), times.end(), numbers.begin(),
                              0.0) /
           n;
  };
  return Bootstrap(blocks, own_a, own_b, options,
                   [&](absl::Span<const double> times) {
                     return std::pair(ratio(times, a_numbers, a_calls),
                                      ratio(times, b_numbers, b_calls));
                   });
}

struct Columns {
  std::vector<double> numbers;
  std::vector<double> calls;
};

Columns ColumnsOf(absl::Span<const RatioBin> bins) {
  Columns columns;
  for (const RatioBin& bin : bins) {
    columns.numbers.push_back(bin.sum);
    columns.calls.push_back(bin.calls);
  }
  return columns;
}

// The estimate alone.
Interval EstimateOf(const Columns& columns) {
  Interval interval;
  const double n = SumOf(columns.calls);
  if (n > 0) {
    interval.estimate = SumOf(columns.numbers) / n;
  } else {
    interval.unknown = Unknown::kNoCalls;
  }
  return interval;
}

bool IsRare(absl::Span<const ShareBin> bins) {
  double hits = 0;
  double misses = 0;
  for (const ShareBin& bin : bins) {
    hits += static_cast<double>(bin.hits);
    misses += static_cast<double>(bin.calls - bin.hits);
  }
  return hits < kFewestEvents || misses < kFewestEvents;
}

std::vector<RatioBin> RatiosOf(absl::Span<const ShareBin> bins) {
  std::vector<RatioBin> ratios;
  for (const ShareBin& bin : bins) {
    ratios.push_back(
        {static_cast<double>(bin.hits), static_cast<double>(bin.calls)});
  }
  return ratios;
}

}  // namespace

PairedChange PairedQuantile(const LatencyBins& a, const LatencyBins& b,
                            double ratio, const BootstrapOptions& options) {
  const Interval own_a = QuantileInterval(a, ratio, options.confidence);
  const Interval own_b = QuantileInterval(b, ratio, options.confidence);
  const auto cell_of = [](const Interval& own) {
    return Histogram::CellIndex(static_cast<int64_t>(own.estimate));
  };
  const std::vector<double> a_below = a.CountsUpTo(cell_of(own_a));
  const std::vector<double> b_below = b.CountsUpTo(cell_of(own_b));
  const Blocks blocks({a_below, a.calls()}, {b_below, b.calls()});
  if (own_a.unknown == Unknown::kNoCalls ||
      own_b.unknown == Unknown::kNoCalls) {
    return Bootstrap(blocks, own_a, own_b, options, nullptr);
  }
  const auto sum = [&blocks](absl::Span<const double> by_bin) {
    return blocks.Sum(by_bin);
  };
  DrawnQuantile of_a(a, ratio, sum);
  DrawnQuantile of_b(b, ratio, sum);
  PairedChange change = Bootstrap(
      blocks, own_a, own_b, options, [&](absl::Span<const double> times) {
        return std::pair(of_a.Of(times), of_b.Of(times));
      });
  const Interval independent =
      Difference(OwnEnds(own_a, a, ratio, options.confidence),
                 OwnEnds(own_b, b, ratio, options.confidence));
  ForgetUnknownEnds(change.difference, independent);
  if (change.relative.has_value()) {
    ForgetUnknownEnds(*change.relative, independent);
  }
  return change;
}

PairedChange PairedMean(const LatencyBins& a, const LatencyBins& b,
                        const BootstrapOptions& options) {
  return PairedRatioOf({a.sums_ns(), a.calls()}, {b.sums_ns(), b.calls()},
                       MeanInterval(a, options.confidence),
                       MeanInterval(b, options.confidence), options);
}

PairedChange PairedRatio(absl::Span<const RatioBin> a,
                         absl::Span<const RatioBin> b,
                         const BootstrapOptions& options) {
  const Columns of_a = ColumnsOf(a);
  const Columns of_b = ColumnsOf(b);
  return PairedRatioOf({of_a.numbers, of_a.calls}, {of_b.numbers, of_b.calls},
                       EstimateOf(of_a), EstimateOf(of_b), options);
}

PairedChange PairedShare(absl::Span<const ShareBin> a,
                         absl::Span<const ShareBin> b,
                         const BootstrapOptions& options) {
  if (!IsRare(a) && !IsRare(b)) {
    return PairedRatio(RatiosOf(a), RatiosOf(b), options);
  }
  PairedChange change;
  change.difference = Difference(ShareInterval(a, options.confidence),
                                 ShareInterval(b, options.confidence));
  return change;
}

}  // namespace invocator
