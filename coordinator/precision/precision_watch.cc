#include "coordinator/precision/precision_watch.h"

#include <algorithm>
#include <utility>

#include "coordinator/statistics/mean_interval.h"
#include "coordinator/statistics/quantile_interval.h"

namespace invocator {
namespace {

int64_t RoundedUp(int64_t ns, int64_t width_ns) {
  return (ns + width_ns - 1) / width_ns * width_ns;
}

Histogram BinOf(const Timeline& timeline, uint32_t bin,
                Histogram Totals::*latency) {
  if (latency == &Totals::lateness) return timeline.Lateness(bin);
  if (latency == &Totals::service) return timeline.Service(bin);
  if (latency == &Totals::first_byte) return timeline.FirstByte(bin);
  return timeline.Response(bin);
}

bool IsWithin(const Interval& interval, double percent) {
  return interval.IsKnown() && (*interval.high - *interval.low) / 2 <=
                                   percent / 100 * interval.estimate;
}

}  // namespace

bool PrecisionResult::known() const {
  return looks.size() >= 2 && looks.back().within &&
         looks[looks.size() - 2].within;
}

PrecisionWatch::PrecisionWatch(const Plan& plan, size_t workers)
    : bins_(plan.duration_s),
      first_(static_cast<uint32_t>(
          RoundedUp(plan.WarmupNs(), bins_.width_ns()) / bins_.width_ns())),
      plan_end_ns_(static_cast<int64_t>(plan.duration_s * 1e9)),
      reported_until_ns_(workers),
      looked_(first_) {}

void PrecisionWatch::Watch(const std::vector<PrecisionGoal>& goals,
                           int64_t drain_ns) {
  drain_ns_ = drain_ns;
  for (const PrecisionGoal& goal : goals) {
    results_.push_back({goal, {}});
    const auto latency = goal.subject.metric.latency;
    if (std::none_of(watched_.begin(), watched_.end(),
                     [&](const Watched& w) { return w.latency == latency; })) {
      watched_.push_back({latency, {}});
    }
  }
}

void PrecisionWatch::SetReportedUntil(size_t worker, int64_t until_ns) {
  reported_until_ns_[worker] = std::max(reported_until_ns_[worker], until_ns);
}

bool PrecisionWatch::IsComplete(const Timeline& timeline, uint32_t end,
                                int64_t reported_ns) {
  const int64_t end_ns = end * bins_.width_ns();
  if (reported_ns < end_ns) return false;
  for (; complete_ < end; ++complete_) {
    for (size_t lane = 0; lane < timeline.lanes().size(); ++lane) {
      if (timeline.Accounted(lane, complete_) <
          timeline.Counts(lane, complete_).planned) {
        return reported_ns - end_ns >= drain_ns_;
      }
    }
  }
  return true;
}

void PrecisionWatch::Look(const Timeline& timeline, uint32_t end) {
  for (; looked_ < end; ++looked_) {
    for (Watched& watched : watched_) {
      watched.bins.Add(BinOf(timeline, looked_, watched.latency));
    }
  }
  for (PrecisionResult& result : results_) {
    const Threshold& subject = result.goal.subject;
    const auto watched =
        std::find_if(watched_.begin(), watched_.end(), [&](const Watched& one) {
          return one.latency == subject.metric.latency;
        });
    PrecisionLook& look = result.looks.emplace_back();
    look.at_s = static_cast<double>(end * bins_.width_ns()) / 1e9;
    look.interval =
        subject.aggregate == Aggregate::kMean
            ? MeanInterval(watched->bins, kConfidence)
            : QuantileInterval(watched->bins, subject.Ratio(), kConfidence);
    look.within = IsWithin(look.interval, result.goal.percent);
  }
}

bool PrecisionWatch::AllKnown() const {
  return std::all_of(results_.begin(), results_.end(),
                     [](const PrecisionResult& r) { return r.known(); });
}

std::optional<int64_t> PrecisionWatch::Judge(
    const Timeline& timeline, int64_t run_ns,
    absl::FunctionRef<bool(size_t)> silent) {
  if (stop_ns_) return std::nullopt;
  int64_t reported_ns = INT64_MAX;
  for (size_t worker = 0; worker < reported_until_ns_.size(); ++worker) {
    if (silent(worker)) continue;
    reported_ns = std::min(reported_ns, reported_until_ns_[worker]);
  }
  if (reported_ns == INT64_MAX) return std::nullopt;
  while (true) {
    const uint32_t end = first_ + next_look_;
    const int64_t end_ns = end * bins_.width_ns();
    // The last look is Finish's.
    if (end_ns >= plan_end_ns_ || !IsComplete(timeline, end, reported_ns)) {
      return std::nullopt;
    }
    Look(timeline, end);
    next_look_ *= 2;
    if (!AllKnown()) continue;
    const int64_t stop_ns = RoundedUp(
        std::max(end_ns + kReportsNs, run_ns + kLeadNs), bins_.width_ns());
    if (stop_ns >= plan_end_ns_) return std::nullopt;
    stop_ns_ = stop_ns;
    return stop_ns_;
  }
}

std::vector<PrecisionResult> PrecisionWatch::Finish(const Timeline& timeline,
                                                    bool played_to_end) {
  const auto end = static_cast<uint32_t>(plan_end_ns_ / bins_.width_ns());
  if (any() && played_to_end && !stop_ns_ && end >= first_ + kFirstLook &&
      end > looked_) {
    Look(timeline, end);
  }
  return std::move(results_);
}

}  // namespace invocator
