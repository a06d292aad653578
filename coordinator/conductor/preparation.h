// Prepares workers for a run: hands out shares, payloads and timestamps as fast
// as the workers take them.
//
// Used by the run's thread. Borrows fleet, roster and plan.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_PREPARATION_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_PREPARATION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/plan/plan.h"
#include "common/plan/run_settings.h"
#include "common/plan/share.h"
#include "coordinator/conductor/plan_shipper.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class Preparation {
 public:
  Preparation(Fleet& fleet, Roster& roster, const Plan& plan,
              const RunSettings& settings);

  // Assigns the shares: `partition` by worker. RESOURCE_EXHAUSTED as
  // CheckAssignmentSize.
  absl::Status Divide(const std::vector<std::vector<Share>>& partition);

  // Sends more to workers with room. Call it repeatedly, after Divide. Errors
  // as PlanShipper::Pump.
  absl::Status Pump(int64_t now_ns);

  // Indices of workers that have not read their messages for too long and so
  // hold up the others. Each is returned once.
  std::vector<size_t> TakeStalled(int64_t now_ns);

 private:
  void Assign(RunWorker& worker, int64_t now_ns);

  Fleet& fleet_;
  Roster& roster_;
  const Plan& plan_;
  wire::CoordinatorMessage assignment_;  // without the shares
  PlanShipper shipper_;
  size_t next_ = 0;  // worker to be assigned
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_PREPARATION_H_
