// Formats timeline.csv and workers.csv, the run by bin. Pure.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_CSV_H_
#define INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_CSV_H_

#include <string>
#include <vector>

#include "coordinator/timeline/timeline.h"

namespace invocator {

// For each bin a row for the whole run, with an empty instance, and one for
// each lane. Counts and percentiles are of both phases. Percentiles without
// calls are empty; lanes have only those of response.
std::string TimelineCsv(const Timeline& timeline,
                        const std::vector<std::string>& lane_names);

// For each bin a row for each worker with a separate lane, and one for the
// others, named "(others)".
std::string WorkersCsv(const Timeline& timeline,
                       const std::vector<std::string>& worker_names);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_CSV_H_
