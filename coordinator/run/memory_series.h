// Plays a workload once with each of several memory sizes, always with the same
// schedule, and compares the results.
#ifndef INVOCATOR_COORDINATOR_RUN_MEMORY_SERIES_H_
#define INVOCATOR_COORDINATOR_RUN_MEMORY_SERIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/process/run_host.h"
#include "coordinator/report/run_report.h"
#include "coordinator/run/run_followers.h"
#include "coordinator/run/run_options.h"
#include "coordinator/workload/workload.h"

namespace invocator {

struct MemorySizeResult {
  uint32_t memory_mb = 0;
  RunReport report;
};

// Table with one row per size, in the order played. Pure.
std::string CompareMemorySizes(const std::vector<MemorySizeResult>& results);

// Plays the workload once for each memory size and compares. Sizes that would
// make no difference are bad usage. A run that is interrupted or not carried
// out is the last. Returns the worst exit code of all runs.
int PlaySeries(const LoadedWorkload& workload, const RunOptions& options,
               const RunHost& host, const RunFollowers& followers);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_MEMORY_SERIES_H_
