// The run over time of one worker with a separate lane, or of all others: one
// row of workers.csv for each bin.
//
// A plain value. Its lists have one element for each bin of the timeline.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_WORKER_SERIES_H_
#define INVOCATOR_COORDINATOR_TIMELINE_WORKER_SERIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/result/time_bins.h"

namespace invocator {

struct WorkerSeries {
  std::string name;
  std::vector<uint64_t> sent;
  // Nullopt for a bin without calls.
  std::vector<std::optional<double>> lateness_p99_us;
  std::vector<std::optional<double>> lateness_max_us;
};

// Reads workers.csv as WorkersCsv writes it. Treats `text` as hostile: the rows
// have to be those of `rows` bins and of the same workers in each, in order.
// A table without rows has no workers: none joined the run.
//
// INVALID_ARGUMENT: `file`, line, column, value and expectation.
absl::StatusOr<std::vector<WorkerSeries>> ParseWorkersCsv(
    absl::string_view text, const std::string& file, const TimeBins& bins,
    uint32_t rows);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_WORKER_SERIES_H_
