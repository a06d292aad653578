// Counts and histograms of one bin of the run's time. Totals has their sums.
//
// Each count goes into the bin of one instant of its call:
//   scheduled  latencies, dropped, the outcomes aborted and lost
//   sent       sent
//   done       all other outcomes, cold, warm
//
// Plain values. Sums are exact in any order. A new sum or histogram needs a
// line in its list below, a field of that name in wire::BinDelta, and code in
// worker/recording/bin_tally, which counts the records.
#ifndef INVOCATOR_COMMON_RESULT_BIN_TOTALS_H_
#define INVOCATOR_COMMON_RESULT_BIN_TOTALS_H_

#include <cstddef>
#include <cstdint>

#include "common/result/histogram.h"
#include "common/result/outcome.h"

namespace invocator {

// Macros, since struct members and message fields share these names: the codec
// accesses them directly. cold, warm: calls known to be cold or warm.
#define INVOCATOR_BIN_SUMS(X) \
  X(sent)                     \
  X(dropped)                  \
  X(cold)                     \
  X(warm)

// The invocations that a histogram covers.
enum class TotalsGroup {
  kSent,
  kEnded,     // sent and not aborted
  kAnswered,  // ended, with an answer that began
  kBlocking,  // sent, in a blocking plan
  kCold,      // known to be cold
  kWarm,
  kInit,  // cold, with a known initialisation time
};
inline constexpr size_t kTotalsGroups = 7;

// Histograms: name and group. first_byte: from sent to the answer's first byte.
#define INVOCATOR_BIN_HISTOGRAMS(X) \
  X(lateness, kSent)                \
  X(service, kEnded)                \
  X(response, kEnded)               \
  X(first_byte, kAnswered)

struct BinTotals {
#define INVOCATOR_MEMBER(name) uint64_t name = 0;
  INVOCATOR_BIN_SUMS(INVOCATOR_MEMBER)
#undef INVOCATOR_MEMBER
  OutcomeCounts outcomes = {};
#define INVOCATOR_MEMBER(name, group) Histogram name;
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_MEMBER)
#undef INVOCATOR_MEMBER

  uint64_t Of(Outcome outcome) const {
    return outcomes[static_cast<size_t>(outcome)];
  }
  uint64_t& Of(Outcome outcome) {
    return outcomes[static_cast<size_t>(outcome)];
  }
  // Calls that ended by themselves: neither aborted at the end of the drain nor
  // lost with a worker.
  uint64_t Completed() const;
  void Merge(const BinTotals& other);
  // Merges sums and outcomes, not histograms.
  void MergeCounts(const BinTotals& other);
  // Sets everything to zero; histograms keep their memory.
  void Clear();
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_BIN_TOTALS_H_
