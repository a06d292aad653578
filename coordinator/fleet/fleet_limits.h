// Computes a coordinator's connection limits from its limit of open files.
// Pure.
#ifndef INVOCATOR_COORDINATOR_FLEET_FLEET_LIMITS_H_
#define INVOCATOR_COORDINATOR_FLEET_FLEET_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"

namespace invocator {

struct FleetLimits {
  size_t connections = 256;
  // Connections without a Hello so far. Counted in total and not per address,
  // since many workers may share one.
  size_t strangers = 256;
};

// Limits for `workers` in a process with `file_limit` descriptors, some of
// which are reserved for the run's files. INVALID_ARGUMENT, naming the required
// limit, if there are too few for all workers.
absl::StatusOr<FleetLimits> FleetLimitsOf(size_t workers, uint64_t file_limit);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_FLEET_LIMITS_H_
