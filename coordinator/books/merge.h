// Merges workers' counts into the run's totals and its timeline.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_BOOKS_MERGE_H_
#define INVOCATOR_COORDINATOR_BOOKS_MERGE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/plan/plan.h"
#include "common/result/time_bins.h"
#include "common/result/totals.h"
#include "common/wire/progress_codec.h"
#include "coordinator/books/census.h"
#include "coordinator/books/first_failures.h"
#include "coordinator/timeline/lanes.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {

// Facts of a plan that Merger needs.
struct MergeScope {
  std::vector<uint64_t> planned;  // by instance
  TimeBins bins;
  bool has_warmup = false;
  // Lanes of the timeline, and planned invocations by lane and bin.
  Lanes lanes;
  std::vector<std::vector<uint64_t>> planned_bins;
};

MergeScope ScopeOf(const Plan& plan, const Census& census);

// Keeps the totals of every instance, by phase, and of every worker as deltas
// arrive.
class Merger {
 public:
  Merger(MergeScope scope, size_t workers);

  // Sets the most calls of each instance that the worker may report. Default:
  // all that are planned.
  void SetLimits(size_t worker, std::vector<uint64_t> limits) {
    limits_[worker] = std::move(limits);
  }

  // Merges a Progress and calls visit(delta, tick, bin) for each of its bins.
  // INVALID_ARGUMENT, and nothing is merged, if no correct worker sends it:
  // inconsistent counts, broken histograms, more calls of an instance than the
  // limit.
  using VisitBin =
      absl::FunctionRef<void(const TotalsDelta&, uint32_t, const BinTotals&)>;
  absl::Status Add(
      size_t worker, const ProgressReader& progress,
      VisitBin visit = [](const TotalsDelta&, uint32_t, const BinTotals&) {});

  // Totals by instance, in the plan's order: of the measured phase, and of the
  // warm-up (empty if the plan has none).
  std::vector<Totals>& instances() { return instances_; }
  std::vector<Totals>& warmup() { return warmup_; }
  // Totals by worker, of both phases.
  std::vector<Totals>& workers() { return workers_; }
  Timeline& timeline() { return timeline_; }
  const Timeline& timeline() const { return timeline_; }

  const FirstFailures& failures() const { return failures_; }
  // By instance, the calls that the worker has reported as sent or dropped, and
  // those of the warm-up among them (empty if the plan has none).
  const std::vector<uint64_t>& touched(size_t worker) const {
    return touched_[worker];
  }
  const std::vector<uint64_t>& touched_in_warmup(size_t worker) const {
    return touched_in_warmup_[worker];
  }

 private:
  // Calls of the instance that the worker may still report.
  uint64_t Left(size_t worker, size_t instance) const;
  // `already`: calls of the instance counted earlier in the same Progress.
  absl::Status Check(size_t worker, const TotalsDelta& delta,
                     uint64_t already) const;

  const std::vector<uint64_t> planned_;
  std::vector<Totals> instances_;
  std::vector<Totals> warmup_;
  std::vector<Totals> workers_;
  Timeline timeline_;
  std::vector<std::vector<uint64_t>> touched_;  // [worker][instance]
  std::vector<std::vector<uint64_t>> touched_in_warmup_;
  std::vector<std::vector<uint64_t>> limits_;  // the same; empty: planned_
  FirstFailures failures_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_MERGE_H_
