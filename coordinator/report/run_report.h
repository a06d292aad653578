// All results of a run; summary, text report and exit code are derived from it.
#ifndef INVOCATOR_COORDINATOR_REPORT_RUN_REPORT_H_
#define INVOCATOR_COORDINATOR_REPORT_RUN_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/base/io_mode.h"
#include "common/plan/plan.h"
#include "common/result/failure_sample.h"
#include "common/result/totals.h"
#include "common/result/worker_done.h"
#include "coordinator/books/judgement.h"
#include "coordinator/books/verdict.h"
#include "coordinator/cost/cost.h"
#include "coordinator/memory/memory_report.h"
#include "coordinator/precision/measured_bins.h"
#include "coordinator/precision/precision_watch.h"
#include "coordinator/precision/run_intervals.h"
#include "coordinator/precision/version_comparison.h"
#include "coordinator/precision/version_limit.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {

// Rate of a worker's clock against the coordinator's.
struct ClockDrift {
  double ppm = 0;  // positive: the worker's clock is the faster one
  double uncertainty_ppm = 0;
};

struct WorkerReport {
  std::string name;  // empty: shares of workers that never joined
  uint32_t threads = 0;
  Totals totals;  // planned, sent, dropped, unsent, outcomes, lateness
  int64_t clock_offset_ns = 0;
  int64_t clock_uncertainty_ns = 0;
  std::optional<ClockDrift> clock_drift;
  bool lost = false;
  std::optional<double> left_at_s;  // since the start, if asked to leave
  // Later than the run's, since the order came too late.
  std::optional<double> stopped_at_s;
  int64_t start_error_ns = 0;
  double cpu_s = 0;
  uint64_t max_rss_bytes = 0;
  std::optional<double> steal_s;  // as in WorkerDone
  IoMode io = IoMode::kAuto;      // kAuto: unknown
  std::vector<EngineFacts> engines;
};

// Failed calls of one reason, of the run or of one instance.
struct FailureReport {
  Reason reason = Reason::kNone;
  uint64_t count = 0;
  // The earliest of them, if it was reported: its instance and worker.
  std::string instance;
  std::string worker;
  std::optional<FailureSample> first;
};

// The versions of one instance of the workload, each an instance of the run.
struct VersionsReport {
  std::string name;  // in the workload
  Pairing pairing = Pairing::kBoth;
  // Their indices in RunReport::instances are first to first + count - 1.
  size_t first = 0;
  size_t count = 0;
  // From the first version to each other one.
  std::vector<std::vector<VersionChange>> changes = {};
};

// A limit on the change between versions, judged for one instance.
struct VersionCheck {
  VersionLimit limit;
  std::string instance;  // the version
  std::optional<VersionChange> change;
  bool is_beyond = false;
};

struct RunReport {
  std::string run_id;
  std::string test_name;
  // Of a memory series: "-256mb". Appended to the name for CI systems, which
  // would otherwise merge the runs' cases.
  std::string variant;
  std::string folder;  // of the results
  absl::Time started_at;
  // Command line that plays the schedule again; empty: unknown.
  std::string command;
  uint32_t seed = 0;
  bool interrupted = false;
  double warmup_s = 0;          // 0: no warm-up
  double planned_span_s = 0;    // the workload's duration
  double sent_span_s = 0;       // start to last send, or EndS() if longer
  double completed_span_s = 0;  // start to last end, or EndS() if longer
  // The plan's end: the workload's duration, or --until's instant, the latest
  // one if it was later for some workers.
  double EndS() const;
  struct Rates {
    double planned;
    double sent;
    double completed;
    double ok;
  };
  // Per second of the measured time, of the run or of one of its instances.
  Rates RatesOf(const Totals& measured) const;
  // Of the measured phase.
  Totals total;
  std::vector<std::pair<std::string, Totals>> instances;
  std::vector<VersionsReport> versions;
  std::vector<VersionCheck> version_checks;
  // Of the warm-up, if the plan has one.
  Totals warmup_total;
  std::vector<Totals> warmup;  // by instance
  // The books: counts of both phases, without histograms.
  Totals Books() const;
  Totals BooksOf(size_t instance) const;
  // Highest number of calls in flight at the end of any bin of the timeline
  // that ends in the measured phase: of the run, and of instances with a lane.
  uint64_t max_in_flight = 0;
  std::vector<std::optional<uint64_t>> max_in_flight_of;
  std::optional<Timeline> timeline;
  // Of the timeline, wholly in the measured phase. REQUIRES: a timeline
  MeasuredBins Bins() const;
  std::optional<RunIntervals> intervals;  // with a timeline
  std::vector<std::string> lane_names;    // of the timeline
  std::vector<WorkerReport> workers;
  // Workers that left, and the fate of their remaining calls; whole phrases.
  std::vector<std::string> departures;
  // Workers that were lost or left, and the missing results; whole phrases.
  std::vector<std::string> losses;
  std::vector<MemoryReport> memory;
  std::optional<Cost> cost;
  std::optional<Cost> measured_cost;  // after a warm-up; else `cost` is it
  std::vector<ThresholdResult> thresholds;
  // The threshold that ended the run early, if one did.
  std::optional<ThresholdResult> aborted_by;
  // Goals of precision, and the instant at which they ended the plan, since the
  // start: what was scheduled from then on does not count as planned.
  std::vector<PrecisionResult> until;
  std::optional<double> stopped_at_s;
  // In the order of their reasons.
  std::vector<FailureReport> failures;
  // For instances with a sample, by their index in `instances`.
  std::map<size_t, std::vector<FailureReport>> instance_failures;
  // Reason for ending the run early, a whole phrase; empty if it was not.
  std::string stopped;
  Verdict verdict;
  // Discrepancies; empty when the books balance.
  std::vector<std::string> book_errors;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_RUN_REPORT_H_
