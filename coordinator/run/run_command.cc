#include "coordinator/run/run_command.h"

#include "common/base/exit_code.h"
#include "coordinator/report/notices.h"
#include "coordinator/run/memory_series.h"
#include "coordinator/run/run.h"
#include "coordinator/run/run_check.h"

namespace invocator {

int RunWorkload(const RunOptions& options, const RunHost& host) {
  const absl::StatusOr<LoadedWorkload> workload = LoadRunWorkload(options);
  if (!workload.ok()) {
    PrintError(workload.status());
    return kExitBadUsage;
  }
  if (options.memory.sizes_mb.size() > 1) {
    return PlaySeries(*workload, options, host);
  }
  FunctionLocks locks;
  RunReport report;
  return PlayWorkload(*workload, options, host, locks, report);
}

}  // namespace invocator
