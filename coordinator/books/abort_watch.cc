#include "coordinator/books/abort_watch.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;

uint32_t WholeSeconds(double seconds) {
  return static_cast<uint32_t>(std::ceil(seconds));
}

uint64_t Ended(const BinTotals& totals) {
  return std::accumulate(totals.outcomes.begin(), totals.outcomes.end(),
                         uint64_t{0});
}

}  // namespace

AbortWatch::AbortWatch(const Plan& plan, const WorkloadThresholds& thresholds,
                       size_t workers)
    : bins_(plan.duration_s),
      end_s_(static_cast<uint32_t>(std::floor(plan.duration_s))),
      of_instance_(plan.instances.size()),
      reported_until_ns_(workers) {
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

void AbortWatch::Add(size_t instance, bool warmup, uint32_t tick,
                     const BinTotals& totals) {
  const auto second = static_cast<uint32_t>(tick * bins_.tick_ns() / kNsPerS);
  for (const std::optional<size_t>& index : {run_, of_instance_[instance]}) {
    if (!index) continue;
    Scope& scope = scopes_[*index];
    // Calls in flight are counted on in the first second that is kept.
    const uint32_t first = judged_s_ - std::min(judged_s_, scope.longest_s);
    if (second >= first) {
      AddTo(scope.seconds[second], warmup, totals);
    } else {
      scope.sent_before += totals.sent;
      scope.completed_before += totals.Completed();
    }
  }
}

void AbortWatch::AddTo(Second& second, bool warmup, const BinTotals& totals) {
  second.sent += totals.sent;
  second.completed += totals.Completed();
  if (warmup) return;
  second.counts.MergeCounts(totals);
#define INVOCATOR_MERGE(name, group) second.name.Merge(totals.name);
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_MERGE)
#undef INVOCATOR_MERGE
}

void AbortWatch::SetReportedUntil(size_t worker, int64_t until_ns) {
  reported_until_ns_[worker] = std::max(reported_until_ns_[worker], until_ns);
}

std::optional<Abort> AbortWatch::Judge(absl::FunctionRef<bool(size_t)> silent) {
  if (tripped_) return std::nullopt;
  int64_t until_ns = INT64_MAX;
  for (size_t worker = 0; worker < reported_until_ns_.size(); ++worker) {
    if (silent(worker)) continue;
    until_ns = std::min(until_ns, reported_until_ns_[worker]);
  }
  if (until_ns == INT64_MAX) return std::nullopt;
  const auto newest_s =
      static_cast<uint32_t>(std::min<int64_t>(until_ns / kNsPerS, end_s_));
  while (judged_s_ < newest_s) {
    ++judged_s_;
    for (Scope& scope : scopes_) {
      if (auto abort = JudgeSecond(judged_s_, scope)) {
        tripped_ = true;
        return abort;
      }
      Trim(judged_s_, scope);
    }
  }
  return std::nullopt;
}

std::optional<Abort> AbortWatch::JudgeSecond(uint32_t second, Scope& scope) {
  for (const Watched& watched : scope.watched) {
    if (second < watched.after_s) continue;
    const uint32_t from = second - std::min(second, watched.window_s);
    Totals window;
    uint64_t in_flight = 0;
    uint64_t most_in_flight = 0;
    uint64_t sent = scope.sent_before;
    uint64_t completed = scope.completed_before;
    for (const auto& [at, counted] : scope.seconds) {
      if (at >= second) break;
      sent += counted.sent;
      completed += counted.completed;
      in_flight = sent - std::min(sent, completed);
      if (at < from) continue;
      most_in_flight = std::max(most_in_flight, in_flight);
      window.MergeBinCounts(counted.counts);
#define INVOCATOR_ADD(name, group) counted.name.AddTo(window.name);
      INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
    }
    const uint64_t ended = Ended(window);
    if (ended < kFewest) continue;
    const double length_s = second - from;
    const Metric& metric = watched.threshold.metric;
    const double sent_rate = static_cast<double>(window.sent) / length_s;
    window.planned = window.sent + window.dropped;
    // Outcomes are of the calls that ended in the window.
    if (metric.kind != MetricKind::kSent) window.sent = ended;
    const ThresholdResult result = invocator::Judge(
        watched.threshold,
        {.totals = window,
         .sent_rate = sent_rate,
         .ok_rate = static_cast<double>(window.Of(Outcome::kOk)) / length_s,
         .max_in_flight = most_in_flight});
    if (result.state != ThresholdState::kMissed) continue;
    Abort abort{result, static_cast<double>(second), length_s};
    abort.result.instance = scope.name;
    return abort;
  }
  return std::nullopt;
}

void AbortWatch::Trim(uint32_t second, Scope& scope) {
  const uint32_t first = second - std::min(second, scope.longest_s);
  while (!scope.seconds.empty() && scope.seconds.begin()->first < first) {
    scope.sent_before += scope.seconds.begin()->second.sent;
    scope.completed_before += scope.seconds.begin()->second.completed;
    scope.seconds.erase(scope.seconds.begin());
  }
}

}  // namespace invocator
