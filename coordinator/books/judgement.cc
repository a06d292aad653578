#include "coordinator/books/judgement.h"

#include <cmath>
#include <cstddef>

#include "absl/numeric/int128.h"

namespace invocator {
namespace {

// Shares are compared in millionths of a percent, the resolution of limits.
constexpr uint64_t kMillionths = 1'000'000;

template <typename Number>
ThresholdState Compared(const Number& value, Comparison comparison,
                        const Number& limit) {
  bool met = false;
  switch (comparison) {
    case Comparison::kBelow:
      met = value < limit;
      break;
    case Comparison::kAtMost:
      met = value <= limit;
      break;
    case Comparison::kAbove:
      met = value > limit;
      break;
    case Comparison::kAtLeast:
      met = value >= limit;
      break;
  }
  return met ? ThresholdState::kMet : ThresholdState::kMissed;
}

double Aggregated(const Histogram& latency, const Threshold& threshold) {
  switch (threshold.aggregate) {
    case Aggregate::kMin:
      return static_cast<double>(latency.min_ns());
    case Aggregate::kMean:
      return latency.MeanNs();
    case Aggregate::kPercentile:
      return static_cast<double>(latency.QuantileNs(threshold.Ratio()));
    case Aggregate::kMax:
    case Aggregate::kNone:
      break;
  }
  return static_cast<double>(latency.max_ns());
}

// The largest of n calls bounds the percentile p from above unless all n lie
// below it, which has probability p^n: at most 2.5 % for the two-sided 95 %.
uint64_t CallsNeeded(const Threshold& threshold) {
  constexpr double kMissRatio = 0.025;
  if (threshold.aggregate != Aggregate::kPercentile) return 0;
  const double ratio = threshold.Ratio();
  if (ratio >= 1) return 0;
  return static_cast<uint64_t>(
      std::ceil(std::log(kMissRatio) / std::log(ratio)));
}

uint64_t OutcomeCount(const Totals& totals, Outcome outcome) {
  return totals.outcomes[static_cast<size_t>(outcome)];
}

uint64_t CountOf(const Metric& metric, const Totals& totals) {
  switch (metric.kind) {
    case MetricKind::kSent:
      return totals.sent;
    case MetricKind::kDropped:
      return totals.dropped;
    case MetricKind::kUnsent:
      return totals.unsent;
    case MetricKind::kCold:
      return totals.cold;
    case MetricKind::kFailed: {
      uint64_t failed = 0;
      for (uint64_t count : totals.outcomes) failed += count;
      return failed - OutcomeCount(totals, Outcome::kOk);
    }
    default:
      return OutcomeCount(totals, metric.outcome);
  }
}

uint64_t BaseOf(const Metric& metric, const Totals& totals) {
  switch (metric.kind) {
    case MetricKind::kSent:
    case MetricKind::kDropped:
    case MetricKind::kUnsent:
      return totals.planned;
    case MetricKind::kCold:
      return totals.cold + totals.warm;
    default:
      return totals.sent;
  }
}

std::optional<double> ScalarOf(const Metric& metric, const Measured& measured) {
  switch (metric.kind) {
    case MetricKind::kSentRate:
      return measured.sent_rate;
    case MetricKind::kOkRate:
      return measured.ok_rate;
    case MetricKind::kCost:
      return measured.cost;
    default:
      return measured.max_in_flight;
  }
}

void JudgeLatency(const Histogram& latency, ThresholdResult& result) {
  const Threshold& threshold = result.threshold;
  result.calls = latency.count();
  result.calls_needed = CallsNeeded(threshold);
  if (result.calls == 0) return;
  result.value = Aggregated(latency, threshold);
  result.state = Compared(*result.value, threshold.comparison, threshold.limit);
}

void JudgeCount(const Totals& totals, ThresholdResult& result) {
  const Threshold& threshold = result.threshold;
  result.count = CountOf(threshold.metric, totals);
  result.of = BaseOf(threshold.metric, totals);
  if (result.of == 0) return;
  if (!threshold.is_share) {
    result.value = static_cast<double>(result.count);
    result.state = Compared(result.count, threshold.comparison,
                            static_cast<uint64_t>(threshold.limit));
    return;
  }
  result.value =
      100 * static_cast<double>(result.count) / static_cast<double>(result.of);
  const auto limit =
      static_cast<uint64_t>(std::llround(threshold.limit * kMillionths));
  result.state =
      Compared(absl::uint128(result.count) * 100 * kMillionths,
               threshold.comparison, absl::uint128(limit) * result.of);
}

void JudgeScalar(std::optional<double> value, ThresholdResult& result) {
  const Threshold& threshold = result.threshold;
  if (!value || !std::isfinite(*value)) return;
  result.value = value;
  result.state = Compared(*value, threshold.comparison, threshold.limit);
}

}  // namespace

absl::string_view ThresholdStateName(ThresholdState state) {
  switch (state) {
    case ThresholdState::kMet:
      return "met";
    case ThresholdState::kMissed:
      return "missed";
    case ThresholdState::kNoData:
      break;
  }
  return "no data";
}

ThresholdResult Judge(const Threshold& threshold, const Measured& measured) {
  ThresholdResult result;
  result.threshold = threshold;
  const Metric& metric = threshold.metric;
  if (metric.kind == MetricKind::kLatency) {
    JudgeLatency(measured.totals.*metric.latency, result);
  } else if (metric.IsCount()) {
    JudgeCount(measured.totals, result);
  } else {
    JudgeScalar(ScalarOf(metric, measured), result);
    result.is_lower_bound =
        metric.kind == MetricKind::kCost && measured.is_cost_a_lower_bound;
  }
  return result;
}

}  // namespace invocator
