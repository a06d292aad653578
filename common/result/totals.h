// Totals of a set of invocations: counts, digests and histograms. Workers add
// records, coordinators merge totals. Sums are exact in any order: counts and
// digests by addition, histograms cell by cell.
//
// Plain values. A new sum or histogram needs a member, a line in the table of
// its kind below, a field of that name in wire::InstanceDelta, and code in Add.
#ifndef INVOCATOR_COMMON_RESULT_TOTALS_H_
#define INVOCATOR_COMMON_RESULT_TOTALS_H_

#include <cstddef>
#include <cstdint>

#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "common/result/reason.h"
#include "common/result/record.h"

namespace invocator {

struct Totals {
  // Set by the coordinator only.
  uint64_t planned = 0;
  uint64_t unsent = 0;
  uint64_t planned_digest = 0;
  // Counted by workers.
  uint64_t sent = 0;
  uint64_t dropped = 0;
  uint64_t sent_digest = 0;
  // Of invocations with known billed duration and memory size: their number,
  // milliseconds, and milliseconds x MB.
  uint64_t billed_count = 0;
  uint64_t billed_ms = 0;
  uint64_t billed_mb_ms = 0;
  uint64_t memory_used_mb = 0;  // the maximum of those
  OutcomeCounts outcomes = {};
  ReasonCounts reasons = {};  // of answers that are not ok
  Histogram lateness, service, response;
  // Blocking plans only: lateness without the wait for the previous call, and
  // that wait.
  Histogram own_lateness, blocked;
  // Of invocations known to be cold or warm; and initialisation time.
  Histogram cold_service, cold_response, warm_service, warm_response, init;

  // Counts a call that has ended. `digest_term`: its DigestTerm. `blocking`: as
  // in its plan.
  void Add(const Record& record, uint64_t digest_term, bool blocking);
  void Merge(const Totals& other);
  // Sets everything to zero; histograms keep their memory.
  void Clear();

  // Invocations not cut off by the end of the drain or the loss of a worker.
  uint64_t Completed() const {
    return sent - outcomes[static_cast<size_t>(Outcome::kAborted)] -
           outcomes[static_cast<size_t>(Outcome::kLost)];
  }
  double BilledGbSeconds() const {
    return static_cast<double>(billed_mb_ms) / (1024 * 1000.0);
  }
  // The generator's own lateness, for any plan.
  const Histogram& OwnLateness() const {
    return own_lateness.count() > 0 ? own_lateness : lateness;
  }
};

// A sum that workers count. `name`: its field in wire::InstanceDelta.
struct TotalsSum {
  uint64_t Totals::*member;
  const char* name;
  bool is_maximum = false;
};

inline constexpr TotalsSum kTotalsSums[] = {
    {&Totals::sent, "sent"},
    {&Totals::dropped, "dropped"},
    {&Totals::sent_digest, "sent_digest"},
    {&Totals::billed_count, "billed_count"},
    {&Totals::billed_ms, "billed_ms"},
    {&Totals::billed_mb_ms, "billed_mb_ms"},
    {&Totals::memory_used_mb, "memory_used_mb", /*is_maximum=*/true},
};

// The invocations that a histogram covers.
enum class TotalsGroup {
  kSent,
  kEnded,     // sent and not aborted
  kBlocking,  // sent, in a blocking plan
  kCold,
  kWarm,
  kInit,  // cold, with a known billed duration
};
inline constexpr size_t kTotalsGroups = 6;

// A histogram that workers count. Sums are kept per instance and per worker;
// histograms per instance, and per worker only if `of_workers`.
struct TotalsHistogram {
  Histogram Totals::*member;
  const char* name;
  TotalsGroup group;
  bool of_workers = false;
};

inline constexpr TotalsHistogram kTotalsHistograms[] = {
    {&Totals::lateness, "lateness", TotalsGroup::kSent, /*of_workers=*/true},
    {&Totals::service, "service", TotalsGroup::kEnded},
    {&Totals::response, "response", TotalsGroup::kEnded},
    {&Totals::own_lateness, "own_lateness", TotalsGroup::kBlocking,
     /*of_workers=*/true},
    {&Totals::blocked, "blocked", TotalsGroup::kBlocking},
    {&Totals::cold_service, "cold_service", TotalsGroup::kCold},
    {&Totals::cold_response, "cold_response", TotalsGroup::kCold},
    {&Totals::warm_service, "warm_service", TotalsGroup::kWarm},
    {&Totals::warm_response, "warm_response", TotalsGroup::kWarm},
    {&Totals::init, "init", TotalsGroup::kInit},
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_TOTALS_H_
