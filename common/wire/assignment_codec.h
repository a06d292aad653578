// Checks whether a plan fits into the message that carries it to a worker.
// Pure.
#ifndef INVOCATOR_COMMON_WIRE_ASSIGNMENT_CODEC_H_
#define INVOCATOR_COMMON_WIRE_ASSIGNMENT_CODEC_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "proto/fleet.pb.h"

namespace invocator {

// RESOURCE_EXHAUSTED if an Assignment of the plan, without its payloads, is
// larger than a worker accepts (kMaxAssignmentBytes). `partition`: by worker.
absl::Status CheckAssignmentSize(
    const Plan& plan, const wire::RunSettings& settings,
    const std::vector<std::vector<Share>>& partition);
// The same check for a plan and settings of `plan_bytes` on the wire.
absl::Status CheckAssignmentSize(
    size_t plan_bytes, const std::vector<std::vector<Share>>& partition);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_ASSIGNMENT_CODEC_H_
