// Encodes and decodes histograms as HdrHistogram does: V2, zlib, base64.
// Our cells are those of HdrHistogram(1'000, 3'600'000'000'000, 3), index by
// index. Source: HdrHistogram's AbstractHistogram.java and ZigZagEncoding.java.
//
// An encoded histogram has only counts: no exact extremes and sum, and no
// number of clamped values. Pure.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_HDR_PAYLOAD_H_
#define INVOCATOR_COORDINATOR_TIMELINE_HDR_PAYLOAD_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/result/histogram.h"

namespace invocator {

// Largest size before compression: a count in every cell.
inline constexpr size_t kHdrHeaderBytes = 40;
inline constexpr size_t kMaxHdrCountBytes = 9;
inline constexpr size_t kMaxHdrBytes =
    kHdrHeaderBytes + kMaxHdrCountBytes * Histogram::kCells;

// REQUIRES: histogram.count() < 2^63, the largest count of the format
std::string ToHdrPayload(const Histogram& histogram);

// Treats `base64` as hostile: returns only histograms that Add could have made.
// min_ns and max_ns are the ends of the outermost cells (at most
// Histogram::kMaxNs), sum_ns is computed from the cells' midpoints, and clamped
// is 0. Errors are INVALID_ARGUMENT and name the offending value.
absl::StatusOr<Histogram> FromHdrPayload(absl::string_view base64);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_HDR_PAYLOAD_H_
