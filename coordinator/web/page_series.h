// Formats the run over time for the report page: JSON arrays by bin. Pure.
#ifndef INVOCATOR_COORDINATOR_WEB_PAGE_SERIES_H_
#define INVOCATOR_COORDINATOR_WEB_PAGE_SERIES_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "coordinator/timeline/timeline.h"
#include "coordinator/timeline/worker_series.h"

namespace invocator {

inline constexpr uint32_t kAllBins = std::numeric_limits<uint32_t>::max();

// The series of a timeline's workers. Bins before `from_bin` are left empty.
// REQUIRES: a name for each worker with a separate lane
std::vector<WorkerSeries> WorkerSeriesOf(
    const Timeline& timeline, const std::vector<std::string>& worker_names,
    uint32_t from_bin = 0);

// Bins per point of lanes and workers: more than 1 if there would be too many
// points. The same for all slices of a run.
uint32_t BinsPerPoint(const Timeline& timeline, size_t workers);

// The object "series" of a run, of the bins in [from_bin, until_bin):
//
//   {"width_s", "planned_bins", "from": from_bin, "whole": {...}, "every",
//    "lanes": [{"name", ...}, ...], "workers": [{"name", ...}, ...],
//    "heat": {"edges_us": [...], "bins": [[first_row, count, ...], ...]}}
//
// Counts are per bin, latencies microseconds with four significant digits, null
// without calls. An array of zeros is written as the number 0. The rows of the
// heat map are those of HeatRows, the same for all slices, the first from 0.1
// us. A point of several bins has their sums and the percentiles of all their
// calls; for workers, the largest of the bins' values. A slice equals its part
// of the whole. REQUIRES: from_bin is a multiple of BinsPerPoint
std::string PageSeriesJson(const Timeline& timeline,
                           const std::vector<std::string>& lane_names,
                           const std::vector<WorkerSeries>& workers,
                           uint32_t from_bin = 0,
                           uint32_t until_bin = kAllBins);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_PAGE_SERIES_H_
