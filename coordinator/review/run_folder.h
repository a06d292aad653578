// Reads the folder of a finished run: its summary, its histograms, and the
// thresholds of its workload.
#ifndef INVOCATOR_COORDINATOR_REVIEW_RUN_FOLDER_H_
#define INVOCATOR_COORDINATOR_REVIEW_RUN_FOLDER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/report/run_report.h"
#include "coordinator/review/kept_summary.h"
#include "coordinator/workload/threshold_reader.h"

namespace invocator {

// A hundred thousand instances take 200 MB.
inline constexpr size_t kMaxSummaryBytes = size_t{512} * 1024 * 1024;

struct KeptRun {
  std::string folder;
  // Without timeline, workers and failures. Counts, extremes and means come
  // from summary.json, percentiles from histograms.hlog. `total` and
  // `instances` have the digests and bills of both phases. `cost` is the cost
  // of the measured phase, without prices. `book_errors` has those of
  // summary.json, else those found in its counts. `losses` is empty if no load
  // was lost. `memory` has only functions that did not have the memory size
  // throughout.
  RunReport report;
  WorkloadThresholds thresholds;
  std::optional<double> cost_per_million;  // of the charged requests
  std::optional<AbortedBy> aborted_by;
  // Whether group or others may not read the summary.
  bool is_private = false;
};

// Treats all files as hostile. Reads only duration, instance names and
// thresholds from workload.json: payloads and other inputs of the run need not
// be there.
//
// INVALID_ARGUMENT if it is not the folder of a finished run: one line per
// error, which names the file.
absl::StatusOr<KeptRun> ReadRunFolder(const std::string& folder);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_RUN_FOLDER_H_
