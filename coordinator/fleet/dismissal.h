// Ends a member's stream for good.
#ifndef INVOCATOR_COORDINATOR_FLEET_DISMISSAL_H_
#define INVOCATOR_COORDINATOR_FLEET_DISMISSAL_H_

#include "absl/status/status.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"

namespace invocator {

// `reason` with a code that ends a membership: a worker takes UNAVAILABLE for a
// broken stream, and would play on and dial again.
absl::Status ForGood(const absl::Status& reason);

// Closes the worker's stream, if it has one. No messages or pings follow.
void Dismiss(Fleet& fleet, Roster& roster, Heartbeat& heartbeat,
             RunWorker& worker, const absl::Status& reason);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_DISMISSAL_H_
