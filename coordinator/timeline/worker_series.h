// The run over time of one worker with a separate lane, or of all others: a row
// of workers.csv by bin.
//
// A plain value. Its lists have one element for each bin of the timeline.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_WORKER_SERIES_H_
#define INVOCATOR_COORDINATOR_TIMELINE_WORKER_SERIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace invocator {

struct WorkerSeries {
  std::string name;
  std::vector<uint64_t> sent;
  // Nullopt for a bin without calls.
  std::vector<std::optional<double>> lateness_p99_us;
  std::vector<std::optional<double>> lateness_max_us;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_WORKER_SERIES_H_
