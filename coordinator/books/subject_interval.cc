#include "coordinator/books/subject_interval.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>

#include "coordinator/statistics/mean_interval.h"
#include "coordinator/statistics/quantile_interval.h"

namespace invocator {
namespace {

constexpr double kPercent = 100;

std::optional<double> InPercent(const std::optional<double>& share) {
  return share ? std::optional(kPercent * *share) : std::nullopt;
}

}  // namespace

bool HasInterval(const Threshold& subject) {
  switch (subject.metric.kind) {
    case MetricKind::kLatency:
      return subject.aggregate == Aggregate::kMean ||
             (subject.aggregate == Aggregate::kPercentile &&
              subject.Ratio() > 0 && subject.Ratio() < 1);
    case MetricKind::kOutcome:
    case MetricKind::kFailed:
    case MetricKind::kDropped:
    case MetricKind::kCold:
      return subject.is_share;
    default:
      return false;
  }
}

Interval SubjectInterval(const Threshold& subject, const LatencyBins& bins,
                         double confidence) {
  return subject.aggregate == Aggregate::kMean
             ? MeanInterval(bins, confidence)
             : QuantileInterval(bins, subject.Ratio(), confidence);
}

ShareBin ShareIn(const Threshold& subject, const BinCounts& counts) {
  switch (subject.metric.kind) {
    case MetricKind::kCold:
      return {counts.cold, counts.cold + counts.warm};
    case MetricKind::kDropped:
      return {counts.dropped, std::max(counts.planned, counts.dropped)};
    default:
      break;
  }
  const uint64_t ended = std::accumulate(counts.outcomes.begin(),
                                         counts.outcomes.end(), uint64_t{0});
  return {subject.metric.kind == MetricKind::kFailed
              ? counts.Failed()
              : counts.Of(subject.metric.outcome),
          ended};
}

Interval SubjectInterval(absl::Span<const ShareBin> bins, double confidence) {
  Interval interval = ShareInterval(bins, confidence);
  interval.estimate *= kPercent;
  interval.low = InPercent(interval.low);
  interval.high = InPercent(interval.high);
  return interval;
}

}  // namespace invocator
