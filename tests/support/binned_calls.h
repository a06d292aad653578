// Makes random calls and counts them by bin in a plain way, to compare with the
// counts of workers and coordinator.
#ifndef INVOCATOR_TESTS_SUPPORT_BINNED_CALLS_H_
#define INVOCATOR_TESTS_SUPPORT_BINNED_CALLS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "common/result/bin_totals.h"
#include "common/result/record.h"
#include "tests/support/same_histogram.h"

namespace invocator {

// A call that is scheduled before `until_ns`, is sent up to a second later and
// ends some time after that, with any outcome that workers report.
inline Record RandomCall(std::mt19937_64& random, int64_t until_ns) {
  const auto draw = [&](int64_t below) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(below));
  };
  Record record;
  record.scheduled_ns = draw(until_ns);
  record.sent_ns = record.scheduled_ns + draw(1'000'000'000);
  record.done_ns = record.sent_ns + (int64_t{1} << draw(34));
  if (draw(3) == 0) {
    record.outcome = static_cast<Outcome>(draw(kOutcomes));
    if (record.outcome == Outcome::kLost) record.outcome = Outcome::kAborted;
  }
  if (draw(3) > 0) {
    const int64_t service_ns = record.done_ns - record.sent_ns;
    record.first_byte_ns = record.sent_ns + draw(service_ns + 1);
    if (record.outcome != Outcome::kAborted) {
      record.warmth = static_cast<Warmth>(draw(3));
    }
  }
  return record;
}

// Counts calls by bin, by the rules of common/result/bin_totals.h. The last bin
// also counts everything later.
class PlainBins {
 public:
  PlainBins(int64_t width_ns, int64_t last)
      : width_ns_(width_ns), last_(last) {}

  void Add(const Record& record) {
    const bool aborted = record.outcome == Outcome::kAborted;
    BinTotals& scheduled = At(record.scheduled_ns);
    BinTotals& ended = At(aborted ? record.scheduled_ns : record.done_ns);
    scheduled.lateness.Add(record.sent_ns - record.scheduled_ns);
    if (!aborted) {
      scheduled.service.Add(record.done_ns - record.sent_ns);
      scheduled.response.Add(record.done_ns - record.scheduled_ns);
    }
    if (!aborted && record.first_byte_ns != Record::kNever) {
      scheduled.first_byte.Add(record.first_byte_ns - record.sent_ns);
    }
    At(record.sent_ns).sent += 1;
    ended.outcomes[static_cast<size_t>(record.outcome)] += 1;
    ended.cold += record.warmth == Warmth::kCold ? 1 : 0;
    ended.warm += record.warmth == Warmth::kWarm ? 1 : 0;
  }
  void AddDropped(int64_t scheduled_ns) { At(scheduled_ns).dropped += 1; }

  const std::map<uint32_t, BinTotals>& bins() const { return bins_; }
  // An empty bin if the key has none.
  const BinTotals& operator[](uint32_t bin) const {
    const auto found = bins_.find(bin);
    return found == bins_.end() ? kEmpty : found->second;
  }

 private:
  inline static const BinTotals kEmpty = {};

  BinTotals& At(int64_t instant_ns) {
    return bins_[static_cast<uint32_t>(
        std::min(instant_ns / width_ns_, last_))];
  }

  int64_t width_ns_;
  int64_t last_;
  std::map<uint32_t, BinTotals> bins_;
};

inline testing::AssertionResult Same(const BinTotals& a, const BinTotals& b) {
  if (a.sent != b.sent || a.dropped != b.dropped || a.cold != b.cold ||
      a.warm != b.warm || a.outcomes != b.outcomes) {
    return testing::AssertionFailure()
           << "sent " << a.sent << ", " << b.sent << "; dropped " << a.dropped
           << ", " << b.dropped << "; cold " << a.cold << ", " << b.cold
           << "; warm " << a.warm << ", " << b.warm << "; outcomes "
           << testing::PrintToString(a.outcomes) << ", "
           << testing::PrintToString(b.outcomes);
  }
  testing::AssertionResult same = Same(a.lateness, b.lateness);
  if (same) same = Same(a.service, b.service);
  if (same) same = Same(a.response, b.response);
  if (same) same = Same(a.first_byte, b.first_byte);
  return same;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_BINNED_CALLS_H_
