// Totals of a set of invocations. They add up exactly: counts and digests by
// addition, histograms cell by cell, in any order.
//
// Plain values.
#ifndef INVOCATOR_COMMON_RESULT_TOTALS_H_
#define INVOCATOR_COMMON_RESULT_TOTALS_H_

#include <cstddef>
#include <cstdint>

#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "common/result/reason.h"

namespace invocator {

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
  // Those that were not cut off: by the end of the drain, or with a worker.
  uint64_t Completed() const {
    return sent - outcomes[static_cast<size_t>(Outcome::kAborted)] -
           outcomes[static_cast<size_t>(Outcome::kLost)];
  }
  // Of what is known to be billed.
  double BilledGbSeconds() const {
    return static_cast<double>(billed_mb_ms) / (1024 * 1000.0);
  }
  // The generator's own lateness, of any plan.
  const Histogram& OwnLateness() const {
    return own_lateness.count() > 0 ? own_lateness : lateness;
  }
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_TOTALS_H_
