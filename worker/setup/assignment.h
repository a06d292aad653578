// A checked assignment: the part of the plan that the coordinator gave this
// worker.
#ifndef INVOCATOR_WORKER_SETUP_ASSIGNMENT_H_
#define INVOCATOR_WORKER_SETUP_ASSIGNMENT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "worker/setup/allowed_hosts.h"
#include "worker/setup/engine_group.h"

namespace invocator {

namespace wire {
class Assignment;
}

struct Assignment {
  Plan plan;  // its bodies arrive in chunks
  std::vector<Share> shares;
  double record_ratio = 1;
  EngineGroupOptions engines;  // without target, which is the worker's
};

// `threads`, `file_limit` and `allowed` are the worker's. INVALID_ARGUMENT for
// a message that no coordinator of ours would send; RESOURCE_EXHAUSTED when the
// connections need more descriptors than allowed; PERMISSION_DENIED when an
// instance of the plan, ours or not, has a target that is not allowed.
absl::StatusOr<Assignment> ReadAssignment(const wire::Assignment& message,
                                          uint32_t threads, uint64_t file_limit,
                                          const AllowedHosts& allowed = {});

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_ASSIGNMENT_H_
