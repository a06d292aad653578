// The story of one run: check, open, play, close.
#ifndef INVOCATOR_COORDINATOR_RUN_RUN_H_
#define INVOCATOR_COORDINATOR_RUN_RUN_H_

#include "common/process/run_host.h"
#include "coordinator/memory/function_locks.h"
#include "coordinator/report/run_report.h"
#include "coordinator/run/run_followers.h"
#include "coordinator/run/run_options.h"
#include "coordinator/workload/workload.h"

namespace invocator {

// Plays the workload. Writes results to the run's folder, and report and
// messages to CurrentOutput(). Returns the command's exit code. `locks`: keeps
// the functions locked, also for later runs. `report`: receives the results if
// the run was started. REQUIRES: at most one memory size
int PlayWorkload(const LoadedWorkload& workload, const RunOptions& options,
                 const RunHost& host, FunctionLocks& locks, RunReport& report,
                 const RunFollowers& followers);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RUN_H_
