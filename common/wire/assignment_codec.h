// Codec for an assignment's settings and extensions, and the check that a plan
// fits into an assignment. Pure.
#ifndef INVOCATOR_COMMON_WIRE_ASSIGNMENT_CODEC_H_
#define INVOCATOR_COMMON_WIRE_ASSIGNMENT_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/piece.h"
#include "common/plan/plan.h"
#include "common/plan/run_settings.h"
#include "common/plan/share.h"

namespace invocator {

namespace wire {
class Extend;
class RunSettings;
}  // namespace wire

wire::RunSettings ToWire(const RunSettings& settings);
// INVALID_ARGUMENT for values that no coordinator of ours would send.
absl::StatusOr<RunSettings> FromWire(const wire::RunSettings& message);

// The `number`th Extend of a worker, from 1.
wire::Extend ToWire(const Piece& piece, uint64_t number);

// RESOURCE_EXHAUSTED if an Assignment of the plan, without its payloads, is
// larger than a worker accepts (kMaxAssignmentBytes). `partition`: by worker.
absl::Status CheckAssignmentSize(
    const Plan& plan, const RunSettings& settings,
    const std::vector<std::vector<Share>>& partition);
// The same check for a plan and settings of `plan_bytes` on the wire.
absl::Status CheckAssignmentSize(
    size_t plan_bytes, const std::vector<std::vector<Share>>& partition);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_ASSIGNMENT_CODEC_H_
