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

struct KeptRun {
  std::string folder;
  // Without timeline, workers and failures. Counts, extremes and means
  // are those of summary.json, percentiles those of histograms.hlog. `total`
  // and `instances` have the digests and bills of both phases. `cost` is that
  // of the measured phase and has no prices. `book_errors` also has what
  // summary.json's own counts show. Without `losses` no load was lost.
  // `memory` has the functions that did not have the memory size throughout.
  RunReport report;
  WorkloadThresholds thresholds;
  std::optional<double> cost_per_million;  // of the charged requests
  std::optional<AbortedBy> aborted_by;
  // Whether group or others may not read the summary.
  bool is_private = false;
};

// All files are treated as hostile. Of workload.json only the duration, the
// instances' names and the thresholds are read: what the run needed, such as
// payloads, need not be there.
//
// INVALID_ARGUMENT for a folder that is not a finished run's; one line per
// error, which names the file.
absl::StatusOr<KeptRun> ReadRunFolder(const std::string& folder);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_RUN_FOLDER_H_
