// Merges workers' counts into the run's totals.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_BOOKS_MERGE_H_
#define INVOCATOR_COORDINATOR_BOOKS_MERGE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/result/totals.h"
#include "common/wire/progress_codec.h"
#include "coordinator/books/first_failures.h"

namespace invocator {

// Keeps the totals of every instance and every worker as deltas arrive.
class Merger {
 public:
  // `planned`: of each instance, in the plan.
  Merger(std::vector<uint64_t> planned, size_t workers);

  // Sets the most calls of each instance that the worker may report. Default:
  // all that are planned.
  void SetLimits(size_t worker, std::vector<uint64_t> limits) {
    limits_[worker] = std::move(limits);
  }

  // INVALID_ARGUMENT for a Progress that no correct worker sends: inconsistent
  // counts, broken histograms, more calls of an instance than the limit.
  // Nothing of it is merged then.
  absl::Status Add(size_t worker, const ProgressReader& progress);

  // In the order of the plan, and of the workers.
  std::vector<Totals>& instances() { return instances_; }
  std::vector<Totals>& workers() { return workers_; }
  Totals Total() const;

  const FirstFailures& failures() const { return failures_; }
  // By instance, the calls that the worker has reported as sent or dropped.
  const std::vector<uint64_t>& touched(size_t worker) const {
    return touched_[worker];
  }

 private:
  // Calls of the instance that the worker may still report.
  uint64_t Left(size_t worker, size_t instance) const;
  absl::Status Check(size_t worker, const TotalsDelta& delta) const;

  const std::vector<uint64_t> planned_;
  std::vector<Totals> instances_;
  std::vector<Totals> workers_;
  std::vector<std::vector<uint64_t>> touched_;  // [worker][instance]
  std::vector<std::vector<uint64_t>> limits_;   // the same; empty: planned_
  FirstFailures failures_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_MERGE_H_
