// Rebuilds the timeline of a finished run: counts and exact maxima from
// timeline.csv, cells of the histograms from histograms.hlog, and the workers'
// series from workers.csv.
#ifndef INVOCATOR_COORDINATOR_REVIEW_KEPT_TIMELINE_H_
#define INVOCATOR_COORDINATOR_REVIEW_KEPT_TIMELINE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/review/run_folder.h"
#include "coordinator/timeline/timeline.h"
#include "coordinator/timeline/worker_series.h"

namespace invocator {

struct KeptTimeline {
  // The run's timeline, except: one worker, the sum of all; no warm counts;
  // histograms without exact minima, whose sums are of the middles of cells.
  // The maxima of service and first byte may be the ends of their cells;
  // percentiles up to p99 and all others' are exact.
  Timeline timeline;
  std::vector<std::string> lane_names;
  std::vector<WorkerSeries> workers;
};

// Limit of memory for a run's bins: a cell takes about two bytes.
inline constexpr size_t kMaxKeptTimelineCells = size_t{1} << 29;

// `run`: of ReadRunFolder. Treats all files as hostile: they must agree with
// each other and with the run's counts.
//
// INVALID_ARGUMENT, or the system's error for a file that cannot be read. It
// names the file, and the line if there is one.
absl::StatusOr<KeptTimeline> ReadKeptTimeline(
    const KeptRun& run, size_t max_cells = kMaxKeptTimelineCells);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_KEPT_TIMELINE_H_
