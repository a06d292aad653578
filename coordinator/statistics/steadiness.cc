#include "coordinator/statistics/steadiness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "coordinator/statistics/bin_noise.h"
#include "coordinator/statistics/distributions.h"

namespace invocator {
namespace {

constexpr size_t kFewestThird = 10;
constexpr size_t kBatch = 5;
constexpr double kNoticed = 0.05;
constexpr double kSteadyWithin = 0.10;
constexpr double kMostCorrelation = 0.9;

double MeanOf(absl::Span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

struct Scatter {
  double squares = 0;
  double products = 0;  // of neighbours

  void Add(absl::Span<const double> values) {
    const double mean = MeanOf(values);
    for (size_t i = 0; i < values.size(); ++i) {
      squares += (values[i] - mean) * (values[i] - mean);
      if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
    }
  }
};

}  // namespace

std::optional<size_t> SettledAfter(absl::Span<const double> values) {
  std::vector<double> means;
  for (size_t i = 0; i + kBatch <= values.size(); i += kBatch) {
    means.push_back(MeanOf(values.subspan(i, kBatch)));
  }
  const size_t last_cut = means.size() / 2;
  size_t best_cut = 0;
  double best = std::numeric_limits<double>::infinity();
  for (size_t cut = 0; cut <= last_cut && cut < means.size(); ++cut) {
    const absl::Span<const double> rest =
        absl::MakeConstSpan(means).subspan(cut);
    Scatter scatter;
    scatter.Add(rest);
    const auto kept = static_cast<double>(rest.size());
    const double mser = scatter.squares / (kept * kept);
    if (mser < best) {
      best = mser;
      best_cut = cut;
    }
  }
  if (best_cut == last_cut) return std::nullopt;
  return best_cut * kBatch;
}

Steadiness JudgeSteadiness(const LatencyBins& bins, double width_s) {
  std::vector<double> medians;
  std::vector<size_t> places;
  for (size_t bin = 0; bin < bins.size(); ++bin) {
    if (bins.calls()[bin] == 0) continue;
    medians.push_back(static_cast<double>(bins.MedianNs(bin)));
    places.push_back(bin);
  }
  Steadiness result;
  result.bins = result.change.bins = medians.size();
  const size_t third = medians.size() / 3;
  if (third < kFewestThird) {
    result.change.unknown =
        medians.empty() ? Unknown::kNoCalls : Unknown::kFewBins;
    return result;
  }

  const auto all = absl::MakeConstSpan(medians);
  const auto first = all.first(third);
  const auto last = all.last(third);
  result.first_third_ns = MeanOf(first);
  result.last_third_ns = MeanOf(last);
  Scatter scatter;
  scatter.Add(first);
  scatter.Add(last);
  const double degrees = 2 * (static_cast<double>(third) - 1);
  const double correlation =
      scatter.squares > 0 ? std::clamp(scatter.products / scatter.squares, 0.0,
                                       kMostCorrelation)
                          : 0;
  const double inflation = (1 + correlation) / (1 - correlation);
  const double variance = scatter.squares / degrees * inflation;
  const double reach = StudentCut((1 - kUsualConfidence) / 2,
                                  std::max(degrees / inflation, 1.0)) *
                       std::sqrt(2 * variance / static_cast<double>(third)) /
                       result.first_third_ns;
  Interval& change = result.change;
  change.estimate = result.last_third_ns / result.first_third_ns - 1;
  change.low = change.estimate - reach;
  change.high = change.estimate + reach;
  change.effective_n = static_cast<double>(bins.count());
  const bool is_more_than_noise = *change.low > 0 || *change.high < 0;
  if (is_more_than_noise && std::abs(change.estimate) >= kNoticed) {
    result.steady = Steady::kNo;
  } else if (*change.low >= -kSteadyWithin && *change.high <= kSteadyWithin) {
    result.steady = Steady::kYes;
  }

  if (const auto settled = SettledAfter(medians)) {
    result.warmup_s = static_cast<double>(places[*settled]) * width_s;
  }
  return result;
}

}  // namespace invocator
