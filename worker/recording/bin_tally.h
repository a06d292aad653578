// Counts the calls of one instance in one phase by tick of the run's time.
// Expects few ticks between two calls of TakeBins: it searches them linearly.
//
// Thread-compatible. Borrows the pool.
#ifndef INVOCATOR_WORKER_RECORDING_BIN_TALLY_H_
#define INVOCATOR_WORKER_RECORDING_BIN_TALLY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "common/result/bin_totals.h"
#include "common/result/record.h"
#include "common/result/time_bins.h"
#include "common/wire/progress_codec.h"

namespace invocator {

// Keeps empty bins for reuse, with the memory of their histograms.
class BinPool {
 public:
  std::unique_ptr<BinTotals> Take();
  void Return(std::unique_ptr<BinTotals> bin);

 private:
  static constexpr size_t kMostKept = 16;

  std::vector<std::unique_ptr<BinTotals>> bins_;
};

class BinTally {
 public:
  void Add(const Record& record, const TimeBins& bins, BinPool& pool) {
    BinTotals& scheduled = Find(kScheduled, record.scheduled_ns, bins, pool);
    scheduled.lateness.Add(record.LatenessNs());
    // Aborted calls have no latency; they count in the tick of their schedule.
    const bool ended = record.outcome != Outcome::kAborted;
    if (ended) {
      scheduled.service.Add(record.ServiceNs());
      scheduled.response.Add(record.ResponseNs());
      if (record.first_byte_ns != Record::kNever) {
        scheduled.first_byte.Add(record.FirstByteNs());
      }
    }
    ++Find(kSent, record.sent_ns, bins, pool).sent;
    BinTotals& done =
        ended ? Find(kDone, record.done_ns, bins, pool) : scheduled;
    ++done.Of(record.outcome);
    if (record.warmth == Warmth::kCold) ++done.cold;
    if (record.warmth == Warmth::kWarm) ++done.warm;
  }
  void AddDropped(int64_t scheduled_ns, const TimeBins& bins, BinPool& pool) {
    ++Find(kScheduled, scheduled_ns, bins, pool).dropped;
  }

  bool empty() const { return ticks_.empty(); }
  // Moves the counts into `progress`, and the bins back into the pool.
  void TakeBins(ProgressWriter& progress, BinPool& pool);

 private:
  // Instants of a call. Each is usually in the same tick as the previous
  // call's.
  enum Instant { kScheduled, kSent, kDone };

  BinTotals& Find(Instant instant, int64_t instant_ns, const TimeBins& bins,
                  BinPool& pool) {
    Last& last = last_[instant];
    // Not by TickOf: a division takes longer than all else here.
    if (static_cast<uint64_t>(instant_ns) - last.begin_ns >= last.width_ns)
        [[unlikely]] {
      const uint32_t tick = bins.TickOf(instant_ns);
      last = {static_cast<uint64_t>(bins.TickStartNs(tick)),
              static_cast<uint64_t>(bins.tick_ns()), &BinOf(tick, pool)};
    }
    return *last.bin;
  }
  BinTotals& BinOf(uint32_t tick, BinPool& pool);

  // A tick and its bin; none if its width is 0. Instants that TickOf moves into
  // the first or the last tick may lie outside of it.
  struct Last {
    uint64_t begin_ns = 0;
    uint64_t width_ns = 0;
    BinTotals* bin = nullptr;
  };
  Last last_[3];
  // Parallel vectors, in the order of first use.
  std::vector<uint32_t> ticks_;
  std::vector<std::unique_ptr<BinTotals>> bins_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_BIN_TALLY_H_
