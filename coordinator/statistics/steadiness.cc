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

// About a straight line: a third in which the medians fall evenly is not noisy.
struct Scatter {
  double squares = 0;
  double products = 0;  // of neighbours

  void Add(absl::Span<const double> values) {
    const double mean = MeanOf(values);
    const double middle = (static_cast<double>(values.size()) - 1) / 2;
    const auto place = [middle](size_t i) {
      return static_cast<double>(i) - middle;
    };
    double moment = 0;
    double spread = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      moment += place(i) * (values[i] - mean);
      spread += place(i) * place(i);
    }
    double before = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double residual = values[i] - mean - moment / spread * place(i);
      squares += residual * residual;
      products += residual * before;
      before = residual;
    }
  }

  // Corrected for what mean and slope of n values take away, after Kendall
  // (Biometrika 1954): E(r) = r - (2 + 4 r) / n.
  double Correlation(double n) const {
    if (squares == 0) return 0;
    const double correlation = (products / squares + 2 / n) / (1 - 4 / n);
    return std::clamp(correlation, 0.0, kMostCorrelation);
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
    const double mean = MeanOf(rest);
    double squares = 0;
    for (const double each : rest) squares += (each - mean) * (each - mean);
    const auto kept = static_cast<double>(rest.size());
    const double mser = squares / (kept * kept);
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
  scatter.Add(all.subspan(all.size() - 2 * third, third));
  scatter.Add(last);
  const auto of_third = static_cast<double>(third);
  const double degrees = 2 * (of_third - 2);
  const double correlation = scatter.Correlation(of_third);
  const double inflation = (1 + correlation) / (1 - correlation);
  const double variance = scatter.squares / degrees * inflation;
  const double reach = StudentCut((1 - kUsualConfidence) / 2,
                                  std::max(degrees / inflation, 1.0)) *
                       std::sqrt(2 * variance / of_third) /
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
