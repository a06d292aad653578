// Codec for assignments and extensions, and the check that a plan fits into an
// assignment. Pure.
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
class Assignment;
class Extend;
class RunSettings;
}  // namespace wire

wire::RunSettings ToWire(const RunSettings& settings);
// INVALID_ARGUMENT for values that no coordinator of ours would send.
absl::StatusOr<RunSettings> FromWire(const wire::RunSettings& message);

// An assignment without shares.
wire::Assignment ToWire(const Plan& plan, const RunSettings& settings);
// Adds a worker's shares, and announces the timestamps that it needs for them.
// REQUIRES: `assignment` is the result of ToWire for that plan
void AddShares(const Plan& plan, const std::vector<Share>& shares,
               wire::Assignment& assignment);

// The `number`th Extend of a worker, from 1.
wire::Extend ToWire(const Piece& piece, uint64_t number);

// RESOURCE_EXHAUSTED if an Assignment of the plan, without its bodies and
// timestamps, is larger than a worker accepts (kMaxAssignmentBytes).
// `partition`: by worker.
absl::Status CheckAssignmentSize(
    const Plan& plan, const RunSettings& settings,
    const std::vector<std::vector<Share>>& partition);
// The same check for a plan and settings of `plan_bytes` on the wire.
absl::Status CheckAssignmentSize(
    size_t plan_bytes, const std::vector<std::vector<Share>>& partition);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_ASSIGNMENT_CODEC_H_
