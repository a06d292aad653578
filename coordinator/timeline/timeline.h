// Keeps counts and latencies of a run by bin: of the whole run, of lanes of
// instances, and of workers. Bins may be added in any order; the sums over the
// bins are the run's totals.
//
// Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_H_
#define INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "common/result/bin_totals.h"
#include "common/result/outcome.h"
#include "common/result/packed_histogram.h"
#include "common/result/time_bins.h"
#include "coordinator/timeline/lanes.h"

namespace invocator {

// Counts of a bin. common/result/bin_totals.h lists the instant that selects
// the bin of each count.
struct BinCounts {
  uint64_t planned = 0;  // by the scheduled instant
#define INVOCATOR_MEMBER(name) uint64_t name = 0;
  INVOCATOR_BIN_SUMS(INVOCATOR_MEMBER)
#undef INVOCATOR_MEMBER
  OutcomeCounts outcomes = {};

  uint64_t Of(Outcome outcome) const {
    return outcomes[static_cast<size_t>(outcome)];
  }
  uint64_t Completed() const;  // as BinTotals::Completed
  uint64_t Failed() const;     // all outcomes but ok
  void Merge(const BinCounts& other);
  // Adds what workers count.
  void Add(const BinTotals& totals);
};

class Timeline {
 public:
  // Workers with a separate lane; all others share one more.
  static constexpr size_t kMostWorkers = 64;

  // `planned`: by lane and bin, up to the last non-zero one.
  Timeline(const TimeBins& bins, Lanes lanes,
           const std::vector<std::vector<uint64_t>>& planned, size_t workers);

  // REQUIRES: tick < bins().ticks()
  void Add(size_t worker, size_t instance, uint32_t tick,
           const BinTotals& totals);
  // Invocations that a lost worker may have sent.
  void AddLost(size_t worker, size_t lane, uint32_t bin, uint64_t count);

  // Replaces the planned counts, as in the constructor.
  void SetPlanned(const std::vector<std::vector<uint64_t>>& planned);

  // The lowest bin that something was added to since the last call; rows() or
  // more if there is none.
  uint32_t TakeChangedFrom() {
    return std::exchange(changed_from_, std::numeric_limits<uint32_t>::max());
  }

  const TimeBins& bins() const { return bins_; }
  const Lanes& lanes() const { return lanes_; }
  size_t worker_lanes() const { return workers_.size(); }
  // Number of bins to show: those of the plan, or more up to the last count.
  uint32_t rows() const;

  // All of these: bin < rows().
  BinCounts Counts(size_t lane, uint32_t bin) const;
  BinCounts Counts(uint32_t bin) const;  // of the whole
  Histogram Response(size_t lane, uint32_t bin) const;
  Histogram Response(uint32_t bin) const;
  Histogram Lateness(uint32_t bin) const;
  Histogram Service(uint32_t bin) const;
  Histogram FirstByte(uint32_t bin) const;
  uint64_t WorkerSent(size_t worker_lane, uint32_t bin) const;
  Histogram WorkerLateness(size_t worker_lane, uint32_t bin) const;
  // Calls scheduled in the bin that have been reported or are lost.
  uint64_t Accounted(size_t lane, uint32_t bin) const;

  // Highest number of calls in flight at the end of any bin from `first` on.
  uint64_t MaxInFlight(uint32_t first = 0) const;
  uint64_t MaxInFlightOf(size_t lane, uint32_t first = 0) const;

 private:
  // Marks the bin as open, and packs the oldest of too many open ones.
  void Open(uint32_t bin);
  void Pack(uint32_t bin);

  struct LaneBin {
    BinCounts counts;
    PackedHistogram response;
  };
  struct WholeBin {
    PackedHistogram lateness;
    PackedHistogram service;
    PackedHistogram first_byte;
  };
  struct WorkerBin {
    uint64_t sent = 0;
    PackedHistogram lateness;
  };
  // Up to the last bin in use.
  template <typename Bin>
  using Bins = std::vector<Bin>;

  size_t WorkerLane(size_t worker) const {
    return worker < kMostWorkers ? worker : kMostWorkers;
  }

  TimeBins bins_;
  Lanes lanes_;
  std::vector<Bins<LaneBin>> by_lane_;
  Bins<WholeBin> whole_;
  std::vector<Bins<WorkerBin>> workers_;
  std::set<uint32_t> open_;  // bins with open histograms
  uint32_t changed_from_ = std::numeric_limits<uint32_t>::max();
  size_t most_open_;
};

// Computes the calls in flight at the ends of consecutive bins: sent and not
// completed. Aborted calls stay in flight; lost calls never count.
class InFlight {
 public:
  // Returns the number at the end of the next bin.
  uint64_t After(const BinCounts& counts);

 private:
  uint64_t sent_ = 0;
  uint64_t ended_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_H_
