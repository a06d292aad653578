// Histograms to and from the wire. What comes in is checked as if a hostile
// peer had sent it: whatever passes is a histogram that Add could have made.
// Errors are INVALID_ARGUMENT and name the offending value.
#ifndef INVOCATOR_COMMON_HISTOGRAM_CODEC_H_
#define INVOCATOR_COMMON_HISTOGRAM_CODEC_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/histogram.h"
#include "proto/histogram.pb.h"

namespace invocator {

wire::Histogram ToWire(const Histogram& histogram);

absl::StatusOr<Histogram> FromWire(const wire::Histogram& message);

// Adds what the message holds, or, on an error, nothing. Also refuses a sum of
// counts that would not fit 64 bits.
absl::Status MergeWire(const wire::Histogram& message, Histogram& into);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HISTOGRAM_CODEC_H_
