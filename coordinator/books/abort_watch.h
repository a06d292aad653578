// Judges thresholds with abort during the run: second by second, over sliding
// windows of the measured calls.
//
// A window ends at a second up to which every worker has reported, and begins
// in the measured phase. Calls count by the instants that
// common/result/bin_totals.h names: outcomes by done, latencies by scheduled.
// Calls in flight are those that workers report. A window in which fewer than
// kFewest calls ended is not judged (except for max_in_flight and dropped), nor
// is any after the plan's end.
//
// A miss that may be chance ends nothing: where the window's seconds tell the
// 95 % interval of a mean, percentile or share, it must lie beyond the limit as
// a whole. Where they do not (too few, or alike, as in a queue that grows), the
// value decides.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_BOOKS_ABORT_WATCH_H_
#define INVOCATOR_COORDINATOR_BOOKS_ABORT_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/plan/plan.h"
#include "common/result/bin_totals.h"
#include "common/result/packed_histogram.h"
#include "common/result/time_bins.h"
#include "coordinator/books/census.h"
#include "coordinator/books/judgement.h"
#include "coordinator/books/threshold.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {

class AbortWatch {
 public:
  static constexpr uint64_t kFewest = 10;

  // Borrows the census.
  AbortWatch(const Plan& plan, const Census& census,
             const WorkloadThresholds& thresholds, size_t workers);

  // Whether any threshold is watched; if not, the other methods may be skipped.
  bool any() const { return !scopes_.empty(); }

  // Adds measured calls that a worker has reported.
  void Add(size_t instance, uint32_t tick, const BinTotals& totals);
  // All calls of the worker that had ended by then have been added, and so many
  // were in flight.
  void SetReportedUntil(size_t worker, int64_t until_ns, uint64_t in_flight);

  // Judges the windows that have become complete since the last call. Returns
  // the first threshold that was missed; then no more is judged. `silent`:
  // whether a worker is lost or has ended, so that its reports are not awaited.
  std::optional<ThresholdResult> Judge(absl::FunctionRef<bool(size_t)> silent);

 private:
  struct Watched {
    Threshold threshold;
    uint32_t after_s;
    uint32_t window_s;
  };
  // What was counted in one second. Of the latencies, those that are watched.
  struct Second {
    BinCounts counts;
#define INVOCATOR_MEMBER(name, group) PackedHistogram name;
    INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_MEMBER)
#undef INVOCATOR_MEMBER
  };
  // The run or an instance.
  struct Scope {
    std::string name;           // empty: the run
    std::vector<size_t> lanes;  // of the timeline, that make it up
    std::vector<Watched> watched;
    uint32_t longest_s = 0;
    std::map<uint32_t, Second> seconds;  // those of later windows

    bool Watches(Histogram Totals::*latency) const;
  };

  void Watch(const Threshold& threshold, Scope& scope);
  std::optional<ThresholdResult> JudgeSecond(uint32_t second,
                                             const Scope& scope) const;
  // Nullopt if it is not missed, or cannot be judged.
  std::optional<ThresholdResult> JudgeWindow(const Watched& watched,
                                             uint32_t from, uint32_t until,
                                             const Scope& scope) const;
  // How well the window's value is known; nullopt if that cannot be told.
  std::optional<Interval> IntervalIn(const Threshold& subject, uint32_t from,
                                     uint32_t until, const Scope& scope) const;
  // Calls planned in a window: bins are taken to be even.
  uint64_t PlannedIn(uint32_t from, uint32_t until, const Scope& scope) const;

  const Census& census_;
  const TimeBins bins_;
  const uint32_t begin_s_;  // of the measured phase
  const uint32_t end_s_;    // of the plan
  std::vector<Scope> scopes_;
  std::optional<size_t> run_;  // index of the run's scope
  std::vector<std::optional<size_t>> of_instance_;
  std::vector<int64_t> reported_until_ns_;       // by worker
  std::vector<uint64_t> in_flight_;              // by worker
  std::map<uint32_t, uint64_t> most_in_flight_;  // by second, of the run
  uint32_t judged_s_ = 0;
  bool tripped_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_ABORT_WATCH_H_
