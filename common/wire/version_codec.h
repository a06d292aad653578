// Codec for the versions of instances, and the check that those of a plan are
// complete. Errors are INVALID_ARGUMENT, with the value and the expected form.
#ifndef INVOCATOR_COMMON_WIRE_VERSION_CODEC_H_
#define INVOCATOR_COMMON_WIRE_VERSION_CODEC_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/arrivals/arrival_spec.h"
#include "common/plan/plan.h"
#include "proto/plan.pb.h"

namespace invocator {

wire::Version ToWire(const VersionPlace& version);

absl::StatusOr<VersionPlace> FromWire(const wire::Version& message);

// OK if the versions of each instance are as proto/plan.proto wants them.
absl::Status CheckVersions(const Plan& plan);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_VERSION_CODEC_H_
