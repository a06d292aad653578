// How many connections a coordinator takes, as its limit of open files allows.
// Pure.
#ifndef INVOCATOR_COORDINATOR_FLEET_LIMITS_H_
#define INVOCATOR_COORDINATOR_FLEET_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"

namespace invocator {

struct FleetLimits {
  size_t connections = 256;
  // Of those, the ones on which no worker has said Hello yet: in total, never
  // by address, since many workers may sit behind one.
  size_t strangers = 256;
};

// For a fleet of `workers` in a process that may have `file_limit` descriptors
// open, of which some are kept for the run's files. INVALID_ARGUMENT if that
// does not hold all workers; it says which limit would.
absl::StatusOr<FleetLimits> FleetLimitsOf(size_t workers, uint64_t file_limit);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_LIMITS_H_
