// Totals of a set of invocations: counts, digests and histograms. Workers add
// records, coordinators merge totals. Sums are exact in any order: counts and
// digests by addition, histograms cell by cell.
//
// Plain values. BinTotals has the counts that are kept by bin. Any other sum or
// histogram needs a line in its list below, a field of that name in
// wire::InstanceDelta, and code in AddRest.
#ifndef INVOCATOR_COMMON_RESULT_TOTALS_H_
#define INVOCATOR_COMMON_RESULT_TOTALS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/result/bin_totals.h"
#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "common/result/reason.h"
#include "common/result/record.h"

namespace invocator {

// Sums that workers count. Macros: see BinTotals.
// billed_...: of invocations with known billed duration and memory size, their
// number, milliseconds, and milliseconds x MB.
#define INVOCATOR_TOTALS_SUMS(X) \
  X(sent_digest)                 \
  X(billed_count)                \
  X(billed_ms)                   \
  X(billed_mb_ms)

// Maxima that workers keep, of the billed invocations.
#define INVOCATOR_TOTALS_MAXIMA(X) X(memory_used_mb)

// Histograms that workers count: name, group, and whether they are kept for
// each worker, too, as sums and lateness are, or for each instance only.
// own_lateness: without the wait for the previous call, which is blocked. init:
// initialisation time.
#define INVOCATOR_TOTALS_HISTOGRAMS(X) \
  X(own_lateness, kBlocking, true)     \
  X(blocked, kBlocking, false)         \
  X(cold_service, kCold, false)        \
  X(cold_response, kCold, false)       \
  X(warm_service, kWarm, false)        \
  X(warm_response, kWarm, false)       \
  X(init, kInit, false)

struct Totals : BinTotals {
  // Set by the coordinator only.
  uint64_t planned = 0;
  uint64_t unsent = 0;
  uint64_t planned_digest = 0;
  // Counted by workers.
#define INVOCATOR_MEMBER(name) uint64_t name = 0;
  INVOCATOR_TOTALS_SUMS(INVOCATOR_MEMBER)
  INVOCATOR_TOTALS_MAXIMA(INVOCATOR_MEMBER)
#undef INVOCATOR_MEMBER
  ReasonCounts reasons = {};  // of answers that are not ok
#define INVOCATOR_MEMBER(name, group, of_workers) Histogram name;
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_MEMBER)
#undef INVOCATOR_MEMBER

  // Counts a call that has ended, except for the counts of BinTotals.
  // `digest_term`: its DigestTerm. `blocking`: as in its plan.
  void AddRest(const Record& record, uint64_t digest_term, bool blocking) {
    sent_digest += digest_term;
    if (record.reason != Reason::kNone) {
      ++reasons[static_cast<size_t>(record.reason)];
    }
    if (record.warmth != Warmth::kUnknown ||
        record.init_us != Record::kUnknown) {
      AddWarmth(record);
    }
    if (blocking) {
      own_lateness.Add(record.LatenessNs() - record.blocked_ns);
      blocked.Add(record.blocked_ns);
    }
    if (record.billed_ms != Record::kUnknown) AddBill(record);
  }
  void Merge(const Totals& other);
  // Merges everything but the histograms.
  void MergeCounts(const Totals& other);
  void MergeBin(const BinTotals& bin) { BinTotals::Merge(bin); }
  void MergeBinCounts(const BinTotals& bin) { BinTotals::MergeCounts(bin); }
  // Sets everything to zero; histograms keep their memory.
  void Clear();

  double BilledGbSeconds() const {
    return static_cast<double>(billed_mb_ms) / (1024 * 1000.0);
  }
  // The generator's own lateness, for any plan.
  const Histogram& OwnLateness() const {
    return own_lateness.count() > 0 ? own_lateness : lateness;
  }

 private:
  void AddWarmth(const Record& record);
  void AddBill(const Record& record);
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_TOTALS_H_
