// Merging what workers counted into one result. Totals add up exactly: counts
// and digests by addition, histograms cell by cell, in any order.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_MERGE_H_
#define INVOCATOR_COORDINATOR_MERGE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/histogram.h"
#include "common/outcome.h"
#include "common/reason.h"
#include "coordinator/first_failures.h"
#include "proto/fleet.pb.h"

namespace invocator {

// What happened to a set of invocations.
struct Totals {
  uint64_t planned = 0;
  uint64_t sent = 0;
  uint64_t dropped = 0;
  uint64_t unsent = 0;
  OutcomeCounts outcomes = {};
  uint64_t planned_digest = 0;
  uint64_t sent_digest = 0;
  // Of the invocations whose billed duration and memory size are known: how
  // many, milliseconds, and milliseconds x MB.
  uint64_t billed_count = 0;
  uint64_t billed_ms = 0;
  uint64_t billed_mb_ms = 0;
  uint64_t memory_used_mb = 0;  // the most that any of those used
  ReasonCounts reasons = {};    // of answers that are not ok
  // Of the invocations known to have been cold, and to have been warm; and how
  // long initialising took.
  Histogram cold_service, cold_response, warm_service, warm_response, init;
  Histogram lateness, service, response;
  // Of blocking plans only: lateness without the wait for the call before, and
  // that wait.
  Histogram own_lateness, blocked;

  void Merge(const Totals& other);
  // Of what is known to be billed.
  double BilledGbSeconds() const {
    return static_cast<double>(billed_mb_ms) / (1024 * 1000.0);
  }
  // The generator's own lateness, of any plan.
  const Histogram& OwnLateness() const {
    return own_lateness.count() > 0 ? own_lateness : lateness;
  }
};

// Keeps the totals of every instance and every worker as deltas arrive.
class Merger {
 public:
  // `planned`: of each instance, in the plan.
  Merger(std::vector<uint64_t> planned, size_t workers);

  // INVALID_ARGUMENT for what no worker of ours would send: counts that do not
  // fit each other, broken histograms, more of an instance than is planned of
  // it. Nothing of that Progress is merged then.
  absl::Status Add(size_t worker, const wire::Progress& progress);

  // In the order of the plan, and of the workers.
  std::vector<Totals>& instances() { return instances_; }
  std::vector<Totals>& workers() { return workers_; }
  Totals Total() const;

  const FirstFailures& failures() const { return failures_; }
  // Of each instance, what that worker has told of: sent, dropped or unsent.
  const std::vector<uint64_t>& touched(size_t worker) const {
    return touched_[worker];
  }

 private:
  absl::Status Check(size_t worker, const wire::InstanceDelta& delta) const;

  const std::vector<uint64_t> planned_;
  std::vector<Totals> instances_;
  std::vector<Totals> workers_;
  std::vector<std::vector<uint64_t>> touched_;  // [worker][instance]
  FirstFailures failures_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MERGE_H_
