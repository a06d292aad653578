// Carries out `invocator run`, also for the library (coordinator/api).
#ifndef INVOCATOR_COORDINATOR_RUN_RUN_COMMAND_H_
#define INVOCATOR_COORDINATOR_RUN_RUN_COMMAND_H_

#include "common/process/run_host.h"
#include "coordinator/run/run_followers.h"
#include "coordinator/run/run_options.h"

namespace invocator {

// Loads the workload and plays it, once or for several memory sizes. Errors and
// other messages go to CurrentOutput(). Returns the command's exit code.
int RunWorkload(const RunOptions& options, const RunHost& host,
                const RunFollowers& followers);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RUN_COMMAND_H_
