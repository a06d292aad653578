#include "common/result/bin_totals.h"

#include <numeric>

namespace invocator {

uint64_t BinTotals::Completed() const {
  const uint64_t ended =
      std::accumulate(outcomes.begin(), outcomes.end(), uint64_t{0});
  return ended - Of(Outcome::kAborted) - Of(Outcome::kLost);
}

void BinTotals::MergeCounts(const BinTotals& other) {
#define INVOCATOR_ADD(name) name += other.name;
  INVOCATOR_BIN_SUMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
  for (size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
}

void BinTotals::Merge(const BinTotals& other) {
  MergeCounts(other);
#define INVOCATOR_MERGE(name, group) name.Merge(other.name);
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_MERGE)
#undef INVOCATOR_MERGE
}

void BinTotals::Clear() {
#define INVOCATOR_CLEAR(name) name = 0;
  INVOCATOR_BIN_SUMS(INVOCATOR_CLEAR)
#undef INVOCATOR_CLEAR
  outcomes = {};
#define INVOCATOR_CLEAR(name, group) name.Clear();
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_CLEAR)
#undef INVOCATOR_CLEAR
}

}  // namespace invocator
