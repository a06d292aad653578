// Finds and checks everything a run needs, before anything happens.
#ifndef INVOCATOR_COORDINATOR_RUN_RUN_CHECK_H_
#define INVOCATOR_COORDINATOR_RUN_RUN_CHECK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/channel/security.h"
#include "common/credentials/credentials_chain.h"
#include "common/plan/plan.h"
#include "common/plan/run_settings.h"
#include "common/plan/share.h"
#include "common/process/run_host.h"
#include "coordinator/books/census.h"
#include "coordinator/cost/cost.h"
#include "coordinator/cost/price_table.h"
#include "coordinator/fleet/fleet_limits.h"
#include "coordinator/memory/memory_session.h"
#include "coordinator/precision/precision_goal.h"
#include "coordinator/precision/version_limit.h"
#include "coordinator/run/run_options.h"
#include "coordinator/workload/workload.h"

namespace invocator {

struct CheckedRun {
  PriceTable prices;
  std::optional<ChosenCredentials> credentials;  // the in-process worker's
  Security security;                             // the fleet's
  FleetLimits fleet_limits;
  MemoryPlan memory;
  MemoryOfRun memory_of_run;
  std::vector<PrecisionGoal> until;
  std::vector<VersionLimit> fail_if;
};

// The plan, divided among the workers and counted.
struct DividedPlan {
  std::vector<std::vector<Share>> partition;  // by worker
  RunSettings settings;
  Census census;
};

// Loads the workload with the options that it depends on. Prints its warnings.
// INVALID_ARGUMENT as for LoadWorkload.
absl::StatusOr<LoadedWorkload> LoadRunWorkload(const RunOptions& options);

// Prints warnings. CANCELLED after an interrupt; every other error means bad
// usage.
absl::StatusOr<CheckedRun> CheckRun(const Plan& plan, const RunOptions& options,
                                    const RunHost& host);

// RESOURCE_EXHAUSTED if the plan is too large to be sent to a worker.
absl::StatusOr<DividedPlan> DividePlan(const Plan& plan,
                                       const RunOptions& options);

// RESOURCE_EXHAUSTED if this process may not open enough files, or start enough
// threads, for the run.
absl::Status CheckMachine(const RunOptions& options, uint64_t file_limit);

// Engines of the in-process worker.
uint32_t EnginesOf(const RunOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RUN_CHECK_H_
