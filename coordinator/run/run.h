// The story of one run: check, open, play, close.
#ifndef INVOCATOR_COORDINATOR_RUN_RUN_H_
#define INVOCATOR_COORDINATOR_RUN_RUN_H_

#include "common/process/run_host.h"
#include "coordinator/memory/function_locks.h"
#include "coordinator/report/run_report.h"
#include "coordinator/run/live_view.h"
#include "coordinator/run/run_options.h"
#include "coordinator/workload/workload.h"

namespace invocator {

// Plays the workload: results to stdout and the run's folder, messages to
// stderr. Returns the process's exit code. `locks`: keeps the functions locked,
// also for later runs. `report`: receives the results if the run was started.
// `live`: shows the run; null: nobody looks.
// REQUIRES: one memory size at most
int PlayWorkload(const LoadedWorkload& workload, const RunOptions& options,
                 const RunHost& host, FunctionLocks& locks, RunReport& report,
                 LiveView* live = nullptr);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RUN_H_
