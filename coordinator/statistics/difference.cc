#include "coordinator/statistics/difference.h"

#include <algorithm>
#include <cmath>

#include "coordinator/statistics/distributions.h"

namespace invocator {
namespace {

// The mean of the baselines. Its interval is that within runs.
Interval MeanOf(absl::Span<const Interval> baselines) {
  const auto k = static_cast<double>(baselines.size());
  Interval mean = baselines.front();
  mean.estimate = 0;
  double below = 0;
  double above = 0;
  for (const Interval& each : baselines) {
    mean.estimate += each.estimate / k;
    if (each.low.has_value()) {
      below += std::pow(each.estimate - *each.low, 2);
    } else {
      mean.low.reset();
    }
    if (each.high.has_value()) {
      above += std::pow(*each.high - each.estimate, 2);
    } else {
      mean.high.reset();
    }
    if (mean.unknown == Unknown::kNothing) mean.unknown = each.unknown;
    mean.effective_n = std::min(mean.effective_n, each.effective_n);
    mean.bins = std::min(mean.bins, each.bins);
    mean.needed_calls = std::max(mean.needed_calls, each.needed_calls);
  }
  if (mean.low.has_value()) mean.low = mean.estimate - std::sqrt(below) / k;
  if (mean.high.has_value()) mean.high = mean.estimate + std::sqrt(above) / k;
  return mean;
}

}  // namespace

Interval Difference(const Interval& a, const Interval& b) {
  Interval difference;
  difference.estimate = b.estimate - a.estimate;
  if (b.low.has_value() && a.high.has_value()) {
    difference.low = difference.estimate -
                     std::hypot(b.estimate - *b.low, *a.high - a.estimate);
  }
  if (b.high.has_value() && a.low.has_value()) {
    difference.high = difference.estimate +
                      std::hypot(*b.high - b.estimate, a.estimate - *a.low);
  }
  difference.effective_n = std::min(a.effective_n, b.effective_n);
  difference.bins = std::min(a.bins, b.bins);
  if (!difference.IsKnown()) {
    difference.unknown = a.unknown != Unknown::kNothing ? a.unknown : b.unknown;
    difference.needed_calls = std::max(a.needed_calls, b.needed_calls);
  }
  return difference;
}

Interval DifferenceFromBaselines(absl::Span<const Interval> baselines,
                                 const Interval& b, double confidence) {
  const Interval mean = MeanOf(baselines);
  Interval difference = Difference(mean, b);
  if (baselines.size() == 1) return difference;
  const auto k = static_cast<double>(baselines.size());
  double squares = 0;
  for (const Interval& each : baselines) {
    squares += std::pow(each.estimate - mean.estimate, 2);
  }
  const double reach = StudentCut((1 - confidence) / 2, k - 1) *
                       std::sqrt(squares / (k - 1) * (1 + 1 / k));
  if (difference.low.has_value()) {
    difference.low = std::min(*difference.low, difference.estimate - reach);
  }
  if (difference.high.has_value()) {
    difference.high = std::max(*difference.high, difference.estimate + reach);
  }
  return difference;
}

}  // namespace invocator
