// Watches the thresholds that end a run early, second by second, over sliding
// windows of the measured calls.
//
// A window ends at a second up to which every worker has reported. Calls count
// by the instants that common/result/bin_totals.h names: outcomes by done,
// latencies by scheduled. A window in which fewer than kFewest calls ended is
// not judged, nor is any after the plan's end.
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
#include "coordinator/books/judgement.h"
#include "coordinator/books/threshold.h"

namespace invocator {

// The threshold that ended a run.
struct Abort {
  ThresholdResult result;  // of the window
  double at_s = 0;         // end of the window
  double window_s = 0;     // its length
};

class AbortWatch {
 public:
  static constexpr uint64_t kFewest = 10;

  AbortWatch(const Plan& plan, const WorkloadThresholds& thresholds,
             size_t workers);

  // False: nothing is watched, and the rest need not be called.
  bool any() const { return !scopes_.empty(); }

  // Adds calls that a worker has reported.
  void Add(size_t instance, bool warmup, uint32_t tick,
           const BinTotals& totals);
  // All calls of the worker that had ended by then have been added.
  void SetReportedUntil(size_t worker, int64_t until_ns);

  // Judges the windows that have become complete since the last call. Returns
  // the first threshold that was missed; then no more is judged. `silent`:
  // whether a worker is lost or has ended, so that its reports are not awaited.
  std::optional<Abort> Judge(absl::FunctionRef<bool(size_t)> silent);

 private:
  struct Watched {
    Threshold threshold;
    uint32_t after_s;
    uint32_t window_s;
  };
  // What was counted in one second.
  struct Second {
    BinTotals counts;  // of measured calls; without histograms
    // Latencies of measured calls, in the order of INVOCATOR_BIN_HISTOGRAMS.
    PackedHistogram lateness;
    PackedHistogram service;
    PackedHistogram response;
    PackedHistogram first_byte;
    // Of all calls, for those in flight.
    uint64_t sent = 0;
    uint64_t completed = 0;
  };
  // The run or an instance.
  struct Scope {
    std::string name;  // empty: the run
    std::vector<Watched> watched;
    uint32_t longest_s = 0;
    std::map<uint32_t, Second> seconds;
    // In flight before the first second that is kept.
    uint64_t sent_before = 0;
    uint64_t completed_before = 0;
  };

  void Watch(const Threshold& threshold, Scope& scope);
  static void AddTo(Second& second, bool warmup, const BinTotals& totals);
  std::optional<Abort> JudgeSecond(uint32_t second, Scope& scope);
  // Forgets what no later window needs.
  static void Trim(uint32_t second, Scope& scope);

  const TimeBins bins_;
  const uint32_t end_s_;  // of the plan
  std::vector<Scope> scopes_;
  std::optional<size_t> run_;  // index of the run's scope
  std::vector<std::optional<size_t>> of_instance_;
  std::vector<int64_t> reported_until_ns_;  // by worker
  uint32_t judged_s_ = 0;
  bool tripped_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_ABORT_WATCH_H_
