#include "coordinator/precision/version_comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/string_view.h"
#include "coordinator/books/subject_interval.h"

namespace invocator {
namespace {

Metric MetricOf(absl::string_view name) {
  return *std::find_if(
      Metrics().begin(), Metrics().end(),
      [name](const Metric& each) { return each.name == name; });
}

Threshold ResponseOf(Aggregate aggregate, double ratio = 0) {
  Threshold subject;
  subject.metric = MetricOf("response");
  subject.aggregate = aggregate;
  subject.percentile_millionths =
      static_cast<uint32_t>(std::llround(ratio * 1e8));
  return subject;
}

double PercentOf(const std::vector<ShareBin>& bins) {
  uint64_t hits = 0;
  uint64_t calls = 0;
  for (const ShareBin& bin : bins) {
    hits += bin.hits;
    calls += bin.calls;
  }
  return calls == 0
             ? 0
             : 100 * static_cast<double>(hits) / static_cast<double>(calls);
}

void Scale(double factor, Interval& interval) {
  interval.estimate *= factor;
  if (interval.low) *interval.low *= factor;
  if (interval.high) *interval.high *= factor;
}

}  // namespace

std::optional<VersionChange> CompareVersions(MeasuredBins& bins, size_t first,
                                             size_t other, uint32_t seed,
                                             const Threshold& subject) {
  const std::optional<size_t> lane = bins.LaneOf(first);
  const std::optional<size_t> other_lane = bins.LaneOf(other);
  if (!lane || !other_lane || !HasInterval(subject)) return std::nullopt;
  BootstrapOptions options;
  options.seed = seed;
  VersionChange result;
  result.subject = subject;
  if (subject.is_share) {
    const std::vector<ShareBin> a = bins.Shares(subject, lane);
    const std::vector<ShareBin> b = bins.Shares(subject, other_lane);
    result.before = PercentOf(a);
    result.after = PercentOf(b);
    result.change = PairedShare(a, b, options);
    Scale(100, result.change.difference);
    return result;
  }
  const LatencyBins* const a = bins.Latency(subject.metric.latency, lane);
  const LatencyBins* const b = bins.Latency(subject.metric.latency, other_lane);
  if (a == nullptr || b == nullptr) return std::nullopt;
  if (subject.aggregate == Aggregate::kMean) {
    result.before = a->whole().MeanNs();
    result.after = b->whole().MeanNs();
    result.change = PairedMean(*a, *b, options);
  } else {
    const double ratio = subject.Ratio();
    result.before = static_cast<double>(a->whole().QuantileNs(ratio));
    result.after = static_cast<double>(b->whole().QuantileNs(ratio));
    result.change = PairedQuantile(*a, *b, ratio, options);
  }
  return result;
}

std::vector<VersionChange> CompareVersions(MeasuredBins& bins, size_t first,
                                           size_t other, uint32_t seed) {
  std::vector<VersionChange> changes;
  Threshold cold;
  cold.metric = MetricOf("cold");
  cold.is_share = true;
  for (const Threshold& subject :
       {ResponseOf(Aggregate::kMean), ResponseOf(Aggregate::kPercentile, 0.5),
        ResponseOf(Aggregate::kPercentile, 0.9),
        ResponseOf(Aggregate::kPercentile, 0.99), cold}) {
    auto change = CompareVersions(bins, first, other, seed, subject);
    const bool says =
        change && change->change.difference.unknown != Unknown::kNoCalls;
    if (says) changes.push_back(*std::move(change));
  }
  return changes;
}

}  // namespace invocator
