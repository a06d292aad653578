// Histograms to and from the wire. What comes in is checked as if a hostile
// peer had sent it: whatever passes is a histogram that Add could have made.
// Errors are INVALID_ARGUMENT and name the offending value.
#ifndef INVOCATOR_COMMON_WIRE_HISTOGRAM_CODEC_H_
#define INVOCATOR_COMMON_WIRE_HISTOGRAM_CODEC_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/result/histogram.h"
#include "proto/histogram.pb.h"

namespace invocator {

wire::Histogram ToWire(const Histogram& histogram);

absl::StatusOr<Histogram> FromWire(const wire::Histogram& message);

// How many values the message holds.
absl::StatusOr<uint64_t> CheckWire(const wire::Histogram& message);

// Adds what the message holds, without making a histogram of it. REQUIRES:
// CheckWire is OK with it, and the sum of both counts fits 64 bits.
void AddChecked(const wire::Histogram& message, Histogram& into);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_HISTOGRAM_CODEC_H_
