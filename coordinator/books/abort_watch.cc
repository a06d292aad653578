#include "coordinator/books/abort_watch.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "coordinator/books/subject_interval.h"

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;
// Older ones are packed: few calls are still to come.
constexpr uint32_t kOpenSeconds = 3;

uint32_t WholeSeconds(double seconds) {
  return static_cast<uint32_t>(std::ceil(seconds));
}

uint64_t Ended(const OutcomeCounts& outcomes) {
  return std::accumulate(outcomes.begin(), outcomes.end(), uint64_t{0});
}

// The value's interval reaches to the good side of the limit.
bool MayBeChance(const Threshold& threshold, const Interval& interval) {
  const bool is_upper_limit = threshold.comparison == Comparison::kBelow ||
                              threshold.comparison == Comparison::kAtMost;
  const std::optional<double>& near =
      is_upper_limit ? interval.low : interval.high;
  if (!near) return false;
  return is_upper_limit ? *near <= threshold.limit : *near >= threshold.limit;
}

}  // namespace

AbortWatch::AbortWatch(const Plan& plan, const Census& census,
                       const WorkloadThresholds& thresholds, size_t workers)
    : census_(census),
      bins_(plan.duration_s),
      begin_s_(WholeSeconds(plan.warmup_s)),
      end_s_(static_cast<uint32_t>(std::floor(plan.duration_s))),
      of_instance_(plan.instances.size()),
      reported_until_ns_(workers),
      in_flight_(workers) {
  Scope run;
  std::vector<Threshold> each;
  for (const Threshold& threshold : thresholds.run) {
    if (!threshold.abort) continue;
    if (threshold.each) {
      each.push_back(threshold);
    } else {
      Watch(threshold, run);
    }
  }
  if (!run.watched.empty()) {
    run_ = scopes_.size();
    run.lanes.resize(census.bins.size());
    std::iota(run.lanes.begin(), run.lanes.end(), size_t{0});
    scopes_.push_back(std::move(run));
  }
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    Scope scope;
    scope.name = plan.instances[i].name;
    for (const Threshold& threshold : each) Watch(threshold, scope);
    if (i < thresholds.instances.size()) {
      for (const Threshold& threshold : thresholds.instances[i]) {
        if (threshold.abort) Watch(threshold, scope);
      }
    }
    if (scope.watched.empty()) continue;
    const uint32_t lane = census.lanes.of_instance[i];
    if (lane < census.lanes.instances.size()) scope.lanes.push_back(lane);
    of_instance_[i] = scopes_.size();
    scopes_.push_back(std::move(scope));
  }
}

void AbortWatch::Watch(const Threshold& threshold, Scope& scope) {
  const uint32_t window_s = WholeSeconds(threshold.abort->window_s);
  scope.watched.push_back(
      {threshold, WholeSeconds(threshold.abort->after_s), window_s});
  scope.longest_s = std::max(scope.longest_s, window_s);
}

bool AbortWatch::Scope::Watches(Histogram Totals::*latency) const {
  return std::any_of(watched.begin(), watched.end(), [&](const Watched& one) {
    return one.threshold.metric.latency == latency;
  });
}

void AbortWatch::Add(size_t instance, uint32_t tick, const BinTotals& totals) {
  const auto second = static_cast<uint32_t>(tick * bins_.tick_ns() / kNsPerS);
  if (second >= end_s_) return;
  for (const std::optional<size_t>& index : {run_, of_instance_[instance]}) {
    if (!index) continue;
    Scope& scope = scopes_[*index];
    // No later window begins before.
    if (second + scope.longest_s <= judged_s_) continue;
    Second& counted = scope.seconds[second];
    counted.counts.Add(totals);
#define INVOCATOR_MERGE(name, group) \
  if (scope.Watches(&Totals::name)) counted.name.Merge(totals.name);
    INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_MERGE)
#undef INVOCATOR_MERGE
  }
}

void AbortWatch::SetReportedUntil(size_t worker, int64_t until_ns,
                                  uint64_t in_flight) {
  reported_until_ns_[worker] = std::max(reported_until_ns_[worker], until_ns);
  in_flight_[worker] = in_flight;
  const auto second = static_cast<uint32_t>(
      std::clamp<int64_t>(until_ns / kNsPerS, judged_s_, end_s_));
  uint64_t& most = most_in_flight_[second];
  most = std::max(
      most, std::accumulate(in_flight_.begin(), in_flight_.end(), uint64_t{0}));
}

std::optional<ThresholdResult> AbortWatch::Judge(
    absl::FunctionRef<bool(size_t)> silent) {
  if (tripped_) return std::nullopt;
  int64_t until_ns = INT64_MAX;
  for (size_t worker = 0; worker < reported_until_ns_.size(); ++worker) {
    if (silent(worker)) {
      in_flight_[worker] = 0;
    } else {
      until_ns = std::min(until_ns, reported_until_ns_[worker]);
    }
  }
  if (until_ns == INT64_MAX) return std::nullopt;
  const auto newest_s =
      static_cast<uint32_t>(std::min<int64_t>(until_ns / kNsPerS, end_s_));
  while (judged_s_ < newest_s) {
    ++judged_s_;
    for (Scope& scope : scopes_) {
      if (auto missed = JudgeSecond(judged_s_, scope)) {
        tripped_ = true;
        return missed;
      }
      const uint32_t first =
          judged_s_ - std::min(judged_s_, scope.longest_s - 1);
      scope.seconds.erase(scope.seconds.begin(),
                          scope.seconds.lower_bound(first));
      const auto packed = scope.seconds.find(judged_s_ - kOpenSeconds);
      if (packed == scope.seconds.end()) continue;
#define INVOCATOR_PACK(name, group) packed->second.name.Pack();
      INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_PACK)
#undef INVOCATOR_PACK
    }
    if (run_) {
      const uint32_t longest_s = scopes_[*run_].longest_s;
      most_in_flight_.erase(
          most_in_flight_.begin(),
          most_in_flight_.lower_bound(judged_s_ -
                                      std::min(judged_s_, longest_s - 1)));
    } else {
      most_in_flight_.clear();
    }
  }
  return std::nullopt;
}

std::optional<ThresholdResult> AbortWatch::JudgeSecond(
    uint32_t second, const Scope& scope) const {
  for (const Watched& watched : scope.watched) {
    const uint32_t from =
        std::max(begin_s_, second - std::min(second, watched.window_s));
    if (second < watched.after_s || from >= second) continue;
    if (auto result = JudgeWindow(watched, from, second, scope)) {
      result->instance = scope.name;
      result->window = {static_cast<double>(second),
                        static_cast<double>(second - from)};
      return result;
    }
  }
  return std::nullopt;
}

std::optional<ThresholdResult> AbortWatch::JudgeWindow(
    const Watched& watched, uint32_t from, uint32_t until,
    const Scope& scope) const {
  const auto begin = scope.seconds.lower_bound(from);
  const auto end = scope.seconds.lower_bound(until);
  BinCounts counts;
  for (auto at = begin; at != end; ++at) counts.Merge(at->second.counts);
  const uint64_t ended = Ended(counts.outcomes);
  const Metric& metric = watched.threshold.metric;
  // Where nothing ends, too much may be in flight.
  const bool is_of_calls = metric.kind != MetricKind::kDropped &&
                           metric.kind != MetricKind::kMaxInFlight;
  if (ended < kFewest && is_of_calls) return std::nullopt;
  Totals window;
  window.planned = PlannedIn(from, until, scope);
  window.sent = ended;  // outcomes are of calls that ended in the window
  window.dropped = counts.dropped;
  window.cold = counts.cold;
  window.warm = counts.warm;
  window.outcomes = counts.outcomes;
  for (auto at = begin; at != end; ++at) {
#define INVOCATOR_ADD(name, group)       \
  if (metric.latency == &Totals::name) { \
    at->second.name.AddTo(window.name);  \
  }
    INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
  }
  std::optional<uint64_t> most_in_flight;
  if (scope.name.empty()) {
    for (auto at = most_in_flight_.lower_bound(from);
         at != most_in_flight_.end() && at->first < until; ++at) {
      most_in_flight = std::max(most_in_flight.value_or(0), at->second);
    }
  }
  ThresholdResult result = invocator::Judge(
      watched.threshold,
      {.totals = window,
       .ok_rate = static_cast<double>(window.Of(Outcome::kOk)) / (until - from),
       .max_in_flight = most_in_flight});
  if (result.state != ThresholdState::kMissed) return std::nullopt;
  result.interval = IntervalIn(watched.threshold, from, until, scope);
  if (result.interval && MayBeChance(watched.threshold, *result.interval)) {
    return std::nullopt;
  }
  return result;
}

std::optional<Interval> AbortWatch::IntervalIn(const Threshold& subject,
                                               uint32_t from, uint32_t until,
                                               const Scope& scope) const {
  // Planned calls, which may be dropped, are known by bin, not by second.
  if (!HasInterval(subject) || subject.metric.kind == MetricKind::kDropped) {
    return std::nullopt;
  }
  LatencyBins latencies;
  std::vector<ShareBin> shares;
  for (uint32_t second = from; second < until; ++second) {
    const auto at = scope.seconds.find(second);
    if (at == scope.seconds.end()) continue;
    if (subject.is_share) {
      shares.push_back(ShareIn(subject, at->second.counts));
      continue;
    }
    Histogram latency;
#define INVOCATOR_ADD(name, group)               \
  if (subject.metric.latency == &Totals::name) { \
    at->second.name.AddTo(latency);              \
  }
    INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
    latencies.Add(latency);
  }
  return subject.is_share ? SubjectInterval(shares)
                          : SubjectInterval(subject, latencies);
}

uint64_t AbortWatch::PlannedIn(uint32_t from, uint32_t until,
                               const Scope& scope) const {
  const double width_s = bins_.width_s();
  double planned = 0;
  for (const size_t lane : scope.lanes) {
    const std::vector<uint64_t>& bins = census_.bins[lane];
    for (auto bin = static_cast<size_t>(from / width_s); bin < bins.size();
         ++bin) {
      const double begin_s = width_s * static_cast<double>(bin);
      const double overlap_s = std::min<double>(until, begin_s + width_s) -
                               std::max<double>(from, begin_s);
      if (overlap_s <= 0) break;
      planned += static_cast<double>(bins[bin]) * overlap_s / width_s;
    }
  }
  return static_cast<uint64_t>(std::llround(planned));
}

}  // namespace invocator
