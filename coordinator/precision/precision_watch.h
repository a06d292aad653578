// Looks during the run at how well latencies are known, and decides when they
// are known well enough to end it.
//
// Looks are at fixed instants: when the measured phase has 30 bins, wholly
// after the warm-up, then each time it has twice as many. Each look has a 99 %
// interval, since looking often finds a lucky one. A number is known when half
// the width of the interval is at most the goal's share of the estimate, in two
// looks in a row. A look waits until all workers have reported up to it and the
// calls scheduled before it have ended, for the drain time at most: the slow
// ones would be missing.
//
// Known well enough, the run ends at the first bin boundary that is 3 s after
// the look, the usual time for reports to come, and 1 s ahead of now. So runs
// that end at the same look send the same calls, unless reports were late.
//
// Units: nanoseconds since the run's start. Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_PRECISION_PRECISION_WATCH_H_
#define INVOCATOR_COORDINATOR_PRECISION_PRECISION_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/plan/plan.h"
#include "common/result/time_bins.h"
#include "coordinator/precision/precision_goal.h"
#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/latency_bins.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {

struct PrecisionLook {
  double at_s = 0;    // end of its bins, since the run's start
  Interval interval;  // in nanoseconds
  bool within = false;
};

struct PrecisionResult {
  PrecisionGoal goal;
  std::vector<PrecisionLook> looks;

  // Within the goal at the last two looks.
  bool known() const;
};

class PrecisionWatch {
 public:
  static constexpr uint32_t kFirstLook = 30;  // bins
  static constexpr double kConfidence = 0.99;
  static constexpr int64_t kReportsNs = 3'000'000'000;
  static constexpr int64_t kLeadNs = 1'000'000'000;

  PrecisionWatch(const Plan& plan, size_t workers);

  // `drain_ns`: longest time that a look waits for calls to end.
  void Watch(const std::vector<PrecisionGoal>& goals, int64_t drain_ns);
  // Whether any goal is watched; if not, the other methods may be skipped.
  bool any() const { return !results_.empty(); }

  // All calls of the worker that had ended by then are in the timeline.
  void SetReportedUntil(size_t worker, int64_t until_ns);

  // Takes the looks that are due. Returns the instant to end the run at when
  // all goals are known and that is before the plan's end; afterwards nothing.
  // `run_ns`: now. `silent`: whether a worker is lost or has ended, so that its
  // reports are not awaited.
  std::optional<int64_t> Judge(const Timeline& timeline, int64_t run_ns,
                               absl::FunctionRef<bool(size_t)> silent);

  // When the run has ended: takes the last look, at all whole bins, if the plan
  // was `played_to_end` and has enough. Call once.
  std::vector<PrecisionResult> Finish(const Timeline& timeline,
                                      bool played_to_end);

  // As Judge has returned it.
  const std::optional<int64_t>& stopped_from_ns() const { return stop_ns_; }

 private:
  // A latency that is watched, up to the bin looked_.
  struct Watched {
    Histogram Totals::*latency;
    LatencyBins bins;
  };

  // Whether everything before that bin is there.
  bool IsComplete(const Timeline& timeline, uint32_t end, int64_t reported_ns);
  // Looks at the bins before `end`.
  void Look(const Timeline& timeline, uint32_t end);
  bool AllKnown() const;

  const TimeBins bins_;
  const uint32_t first_;  // bin wholly after the warm-up
  const int64_t plan_end_ns_;
  int64_t drain_ns_ = 0;
  std::vector<PrecisionResult> results_;
  std::vector<Watched> watched_;
  std::vector<int64_t> reported_until_ns_;  // by worker
  uint32_t next_look_ = kFirstLook;         // number of bins
  uint32_t looked_;                         // the first bin not looked at
  uint32_t complete_ = 0;  // bins before it have no call under way
  std::optional<int64_t> stop_ns_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PRECISION_PRECISION_WATCH_H_
