// Codec for plans and shares. Incoming messages are validated in full, as if a
// hostile peer had sent them: a Plan or Share that passes cannot be wrong.
// Errors are INVALID_ARGUMENT, with the place, the value and the expected form.
//
// Bodies and timestamps are sent separately, see common/wire/plan_chunks.h.
#ifndef INVOCATOR_COMMON_WIRE_PLAN_CODEC_H_
#define INVOCATOR_COMMON_WIRE_PLAN_CODEC_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "proto/plan.pb.h"

namespace invocator {

// Bounds the stripes of an instance: workers times engines.
inline constexpr uint64_t kMaxShareCount = uint64_t{1} << 32;

wire::Plan ToWire(const Plan& plan);

// The bodies of the result are empty, and its timestamps absent; a
// PayloadAssembler and a TapeAssembler fill them in.
absl::StatusOr<Plan> FromWire(const wire::Plan& message);

wire::Share ToWire(const Share& share);

// A share of that plan; in a blocking plan, only a whole instance.
absl::StatusOr<Share> FromWire(const wire::Share& message, const Plan& plan);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_PLAN_CODEC_H_
