// Codec for histograms. Incoming messages are checked as if a hostile peer had
// sent them: one that passes is a histogram that Add could have made. Errors
// are INVALID_ARGUMENT and name the offending value.
#ifndef INVOCATOR_COMMON_WIRE_HISTOGRAM_CODEC_H_
#define INVOCATOR_COMMON_WIRE_HISTOGRAM_CODEC_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/result/histogram.h"
#include "proto/histogram.pb.h"

namespace invocator {

wire::Histogram ToWire(const Histogram& histogram);

absl::StatusOr<Histogram> FromWire(const wire::Histogram& message);

// Checks the message. Returns the number of values in it.
absl::StatusOr<uint64_t> CheckWire(const wire::Histogram& message);

// Adds the message's values without building a histogram from it. REQUIRES:
// CheckWire was OK, and the sum of both counts fits 64 bits.
void AddChecked(const wire::Histogram& message, Histogram& into);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_HISTOGRAM_CODEC_H_
