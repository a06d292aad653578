// A workload played once with each of several memory sizes, the same schedule
// each time, and what came of it side by side.
#ifndef INVOCATOR_COORDINATOR_RUN_MEMORY_SERIES_H_
#define INVOCATOR_COORDINATOR_RUN_MEMORY_SERIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/report/run_report.h"
#include "coordinator/run/run.h"

namespace invocator {

struct MemorySizeResult {
  uint32_t memory_mb = 0;
  RunReport report;
};

// A table with a row for each size, in the order played. Pure.
std::string CompareMemorySizes(const std::vector<MemorySizeResult>& results);

// Runs and compares; for one size or none ("keep") it is RunWorkload. Several
// of which none would make a difference are bad usage: nothing is sent. A run
// that is interrupted or not carried out is the last. Returns the exit code of
// the first run that was not 0.
int RunMemorySizes(const RunOptions& options, const RunHost& host);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_MEMORY_SERIES_H_
