// Codec for an instance's arrivals. Incoming messages are validated in full, as
// if a hostile peer had sent them: a stream can be made of a spec that passes.
// Errors are INVALID_ARGUMENT, with the value and the expected form.
#ifndef INVOCATOR_COMMON_WIRE_ARRIVALS_CODEC_H_
#define INVOCATOR_COMMON_WIRE_ARRIVALS_CODEC_H_

#include "absl/status/statusor.h"
#include "common/arrivals/arrival_spec.h"
#include "proto/plan.pb.h"

namespace invocator {

// Of a tape only the size: its instants travel separately (tape_assembler.h).
// Without the version (version_codec.h).
wire::Arrivals ToWire(const ArrivalSpec& spec);

// Arrivals in a plan of `plan_duration_s`. The result has no tape and
// no version.
absl::StatusOr<ArrivalSpec> FromWire(const wire::Arrivals& message,
                                     double plan_duration_s);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_ARRIVALS_CODEC_H_
