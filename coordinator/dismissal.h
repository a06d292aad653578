// Ends a member's stream for good.
#ifndef INVOCATOR_COORDINATOR_DISMISSAL_H_
#define INVOCATOR_COORDINATOR_DISMISSAL_H_

#include "absl/status/status.h"
#include "coordinator/fleet.h"
#include "coordinator/heartbeat.h"
#include "coordinator/roster.h"

namespace invocator {

// The same, as a status that ends a membership: to a worker UNAVAILABLE is a
// stream that broke, and it would play on and dial again.
absl::Status ForGood(const absl::Status& reason);

// Closes the worker's stream, if it has one: it is heard and pinged no more.
void Dismiss(Fleet& fleet, Roster& roster, Heartbeat& heartbeat,
             RunWorker& worker, const absl::Status& reason);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_DISMISSAL_H_
