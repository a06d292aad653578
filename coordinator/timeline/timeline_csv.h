// timeline.csv and workers.csv: the run over time, for programs. Pure.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_CSV_H_
#define INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_CSV_H_

#include <string>
#include <vector>

#include "coordinator/timeline/timeline.h"

namespace invocator {

// By bin, a row of the whole, with an empty instance, and one of each lane.
// Counts and percentiles are of both phases. Percentiles of no calls, and those
// that are kept of the whole only, are empty.
std::string TimelineCsv(const Timeline& timeline,
                        const std::vector<std::string>& lane_names);

// By bin, a row of each worker that has a lane; the rest is "(others)".
std::string WorkersCsv(const Timeline& timeline,
                       const std::vector<std::string>& worker_names);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_CSV_H_
