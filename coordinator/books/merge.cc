#include "coordinator/books/merge.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("progress ", args...));
}

}  // namespace

MergeScope ScopeOf(const Plan& plan, const Census& census) {
  MergeScope scope{.planned = {},
                   .bins = TimeBins(plan.duration_s),
                   .has_warmup = plan.warmup_s > 0,
                   .lanes = census.lanes,
                   .planned_bins = census.bins};
  for (const InstanceCensus& instance : census.instances) {
    scope.planned.push_back(instance.count);
  }
  return scope;
}

Merger::Merger(MergeScope scope, size_t workers)
    : planned_(std::move(scope.planned)),
      instances_(planned_.size()),
      warmup_(scope.has_warmup ? planned_.size() : 0),
      workers_(workers),
      timeline_(scope.bins, std::move(scope.lanes), scope.planned_bins,
                workers),
      touched_(workers, std::vector<uint64_t>(planned_.size())),
      touched_in_warmup_(workers, std::vector<uint64_t>(warmup_.size())),
      limits_(workers) {}

uint64_t Merger::Left(size_t worker, size_t instance) const {
  const std::vector<uint64_t>& limits = limits_[worker];
  const uint64_t limit = limits.empty() ? planned_[instance] : limits[instance];
  return limit - std::min(limit, touched_[worker][instance]);
}

absl::Status Merger::Check(size_t worker, const TotalsDelta& delta,
                           uint64_t already) const {
  const size_t instance = delta.instance();
  if (instance >= planned_.size()) {
    return Invalid("names instance ", instance, " of ", planned_.size());
  }
  if (delta.warmup() && warmup_.empty()) {
    return Invalid("counts calls of a warm-up, but the plan has none");
  }
  return delta.Check(Left(worker, instance) - already,
                     timeline_.bins().ticks());
}

absl::Status Merger::Add(size_t worker, const ProgressReader& progress,
                         VisitBin visit) {
  struct Seen {
    bool measured = false;
    bool warmup = false;
    uint64_t touched = 0;
  };
  absl::flat_hash_map<uint32_t, Seen> seen;  // by instance
  for (size_t i = 0; i < progress.size(); ++i) {
    const TotalsDelta delta = progress.totals(i);
    Seen& of = seen[delta.instance()];
    if (std::exchange(delta.warmup() ? of.warmup : of.measured, true)) {
      return Invalid("names instance ", delta.instance(), " twice");
    }
    if (absl::Status status = Check(worker, delta, of.touched); !status.ok()) {
      return status;
    }
    of.touched += delta.sent() + delta.dropped();
  }
  auto failures = progress.Failures(planned_.size());
  if (!failures.ok()) return failures.status();
  for (const FailureSample& sample : *failures) {
    if (sample.sequence >= planned_[sample.instance]) {
      return Invalid("reports a failure of instance ", sample.instance, " #",
                     sample.sequence, " of ", planned_[sample.instance]);
    }
  }
  for (size_t i = 0; i < progress.size(); ++i) {
    const TotalsDelta delta = progress.totals(i);
    const size_t instance = delta.instance();
    const uint64_t touched = delta.sent() + delta.dropped();
    touched_[worker][instance] += touched;
    if (delta.warmup()) touched_in_warmup_[worker][instance] += touched;
    Totals& totals = (delta.warmup() ? warmup_ : instances_)[instance];
    delta.ForEachBin([&](uint32_t tick, const BinTotals& bin) {
      totals.MergeBin(bin);
      workers_[worker].MergeBinCounts(bin);
      workers_[worker].lateness.Merge(bin.lateness);
      timeline_.Add(worker, instance, tick, bin);
      visit(delta, tick, bin);
    });
    delta.AddRestTo(totals);
    delta.AddRestToWorker(workers_[worker]);
  }
  for (FailureSample& sample : *failures) {
    failures_.Add(worker, std::move(sample));
  }
  return absl::OkStatus();
}

}  // namespace invocator
