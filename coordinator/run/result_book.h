// Records a run's results as they arrive: counts, rows, progress. BookClosing
// builds the report from them.
//
// Thread-compatible. Borrows plan, census and CSV writer.
#ifndef INVOCATOR_COORDINATOR_RUN_RESULT_BOOK_H_
#define INVOCATOR_COORDINATOR_RUN_RESULT_BOOK_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/plan.h"
#include "coordinator/books/abort_watch.h"
#include "coordinator/books/census.h"
#include "coordinator/books/merge.h"
#include "coordinator/books/refusal_watch.h"
#include "coordinator/books/report_limits.h"
#include "coordinator/books/row_ledger.h"
#include "coordinator/books/threshold.h"
#include "coordinator/books/verdict.h"
#include "coordinator/conductor/result_sink.h"
#include "coordinator/fleet/roster.h"
#include "coordinator/precision/precision_watch.h"
#include "coordinator/progress/progress_line.h"
#include "coordinator/progress/progress_stream.h"
#include "coordinator/progress/recent_activity.h"
#include "coordinator/report/csv_writer.h"
#include "coordinator/report/run_report.h"
#include "coordinator/run/book_closing.h"
#include "coordinator/run/live_view.h"
#include "coordinator/run/run_followers.h"

namespace invocator {

class ResultBook final : public ResultSink {
 public:
  // `csv` may be null: then no records are kept. `stop_if_refused`: asks to
  // stop the run when RefusalWatch trips. `record_ratio`: from RunSettings.
  // `thresholds`: those with abort can stop the run; the progress line shows
  // missed ones.
  ResultBook(const Plan& plan, const Census& census,
             std::vector<std::string> worker_names, CsvWriter* csv,
             ProgressLine& progress, bool stop_if_refused = false,
             double record_ratio = 1,
             const WorkloadThresholds& thresholds = {});

  // Publishes the books to it at each tick when it is due; null: to nobody.
  // Borrowed.
  void ShowIn(LiveView* live) { live_ = live; }
  // Shows progress in the stream when it is due; null: in none. Borrowed.
  void StreamTo(ProgressStream* stream) { stream_ = stream; }
  // Passes each record with a row in invocations.csv to `follower`.
  void ShareRecords(RecordFollower follower) {
    record_follower_ = std::move(follower);
  }
  // Ends the run early when all goals are met. `drain_ns`: from RunSettings.
  void EndWhenKnown(const std::vector<PrecisionGoal>& goals, int64_t drain_ns) {
    precision_.Watch(goals, drain_ns);
  }
  // Shows the final progress in the stream.
  void EndStream();

  void OnPieces(size_t worker, const std::vector<Piece>& pieces) override;
  void OnLost(size_t worker) override { in_flight_[worker] = 0; }
  absl::Status OnProgress(size_t worker,
                          const ProgressReader& progress) override;
  // Also an error for a row that the worker may not send (RowLedger); earlier
  // rows of the batch are kept.
  absl::Status OnRecords(size_t worker,
                         const wire::RecordBatch& batch) override;
  absl::Status OnDone(size_t worker) override;
  absl::Status CheckSilence(size_t worker, const std::vector<Piece>& pieces,
                            int64_t from_ns) const override;
  bool LacksOnly(size_t worker, const std::vector<Piece>& pieces,
                 int64_t before_ns) override;
  void OnTick(double elapsed_s) override;
  void OnStop(bool now) override;
  bool WantsStop(absl::FunctionRef<bool(size_t)> silent) override;
  std::optional<int64_t> WantsStopFrom(
      int64_t run_ns, absl::FunctionRef<bool(size_t)> silent) override;

  // Closes the books. `workers`: as the conductor has them in the end.
  // `ending`: refusals are known here.
  // Run id, time and seed are for the caller to fill in.
  RunReport Close(const std::vector<RunWorker>& workers,
                  const RunEnding& ending, const VerdictLimits& limits);

 private:
  // The run is to stop, as RefusalWatch says.
  bool refused() const { return refusals_.tripped(); }
  uint64_t InFlightNow() const;
  ProgressFacts FactsAt(double elapsed_s);
  BooksSoFar BooksAt(double elapsed_s);
  // Thresholds missed so far, for the progress line.
  std::vector<std::string> MissedSoFar();
  // Of every instance that has begun something has ended.
  bool AllHaveEnded();

  const Plan& plan_;
  const Census& census_;
  const std::vector<std::string> worker_names_;
  const std::vector<std::string> quoted_names_;  // of workers, for the CSV
  CsvWriter* const csv_;
  const double record_ratio_;
  ProgressLine& progress_;
  LiveView* live_ = nullptr;
  ProgressStream* stream_ = nullptr;
  RecordFollower record_follower_;
  std::optional<RecentActivity> recent_;  // if progress is live
  Merger merger_;
  RefusalWatch refusals_;
  const WorkloadThresholds thresholds_;
  AbortWatch aborts_;
  std::optional<ThresholdResult> abort_;
  PrecisionWatch precision_;
  ReportLimits limits_;
  int64_t elapsed_ns_ = 0;
  std::vector<uint64_t> in_flight_;  // by worker
  std::optional<RowLedger> ledger_;  // if there is a CSV
  uint64_t rows_ = 0;                // of the CSV
  bool csv_error_told_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RESULT_BOOK_H_
