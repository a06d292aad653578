// Closes the books of a run: adds the calls that lost workers may have sent,
// checks that everything balances, and builds the report.
//
// Used once, when every worker is done or given up. Borrows everything.
#ifndef INVOCATOR_COORDINATOR_RUN_BOOK_CLOSING_H_
#define INVOCATOR_COORDINATOR_RUN_BOOK_CLOSING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/plan/plan.h"
#include "coordinator/books/census.h"
#include "coordinator/books/judgement.h"
#include "coordinator/books/merge.h"
#include "coordinator/books/piece_counts.h"
#include "coordinator/books/row_ledger.h"
#include "coordinator/books/verdict.h"
#include "coordinator/fleet/roster.h"
#include "coordinator/report/run_report.h"

namespace invocator {

// Reason for a run's early end; all false if the plan was played to its end, or
// to the instant that PrecisionWatch had chosen.
struct RunEnding {
  bool interrupted = false;
  bool aborted = false;                           // by the loss of a worker
  bool refused = false;                           // see RefusalWatch
  std::optional<ThresholdResult> threshold = {};  // see AbortWatch
  // The plan's end by PrecisionWatch; does not cut the run short.
  std::optional<int64_t> stopped_from_ns = {};

  bool cut_short() const {
    return interrupted || aborted || refused || threshold.has_value();
  }
};

class BookClosing {
 public:
  // `census`: of what was to be played in the end. `rows`: ledger of
  // invocations.csv; null without a CSV. `record_ratio`: from RunSettings.
  // `workers`: the conductor's final list.
  BookClosing(const Plan& plan, const Census& census, Merger& merger,
              const RowLedger* rows, double record_ratio,
              const std::vector<RunWorker>& workers)
      : plan_(plan),
        census_(census),
        merger_(merger),
        rows_(rows),
        record_ratio_(record_ratio),
        workers_(workers) {}

  // `refused`: invocations whose refusal ended the run. Moves the totals out of
  // the merger. The caller fills in run id, time and seed.
  RunReport Close(const RunEnding& ending, uint64_t refused,
                  const VerdictLimits& limits);

 private:
  // Adds the calls that lost workers may have sent after their last report.
  void CountLost();
  // Calls of a lost worker: those due before it fell silent, and the number of
  // those not reported.
  struct LostCalls {
    size_t worker;
    PieceList due;
    std::vector<uint64_t> by_lane;
  };
  // Adds lost calls to the bins of the timeline.
  void BinLost(const std::vector<LostCalls>& lost);
  // Closes one phase of an instance.
  void CloseInstance(size_t instance, bool warmup, RunReport& report);
  // By worker, its final part of the plan.
  std::vector<PieceSum> PlannedByWorker() const;
  void FillFailures(RunReport& report) const;
  void FillInFlight(RunReport& report) const;
  void FillWorkers(const RunEnding& ending, RunReport& report);
  // Reports differences between invocations.csv and the summary.
  void CompareRows(RunReport& report) const;
  // Length of the run, planned and actual.
  void FillSpans(const RunEnding& ending, RunReport& report) const;

  const Plan& plan_;
  const Census& census_;
  Merger& merger_;
  const RowLedger* const rows_;
  const double record_ratio_;
  const std::vector<RunWorker>& workers_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_BOOK_CLOSING_H_
