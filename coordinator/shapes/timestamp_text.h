// Reads timestamps exactly: decimal numbers of any length, with exponent, and
// ISO 8601. Pure.
#ifndef INVOCATOR_COORDINATOR_SHAPES_TIMESTAMP_TEXT_H_
#define INVOCATOR_COORDINATOR_SHAPES_TIMESTAMP_TEXT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace invocator {

// Order as in kTimeUnits.
enum class TimeUnit { kSeconds, kMillis, kMicros, kNanos, kIso8601 };

// The timestamp in nanoseconds, rounded to the nearest (halves away from 0). A
// number is in that unit: "12", "-0.5", "1.7e9". ISO 8601: seconds of the Unix
// epoch from "2021-01-31T23:59:59.123456789+01:00"; 'T' may be a blank, the
// fraction may have any length, and a missing zone is UTC. nullopt for other
// text, and beyond 64 bits.
std::optional<int64_t> ParseTimestamp(absl::string_view text, TimeUnit unit);

// A speed as a fraction of whole numbers, exactly its shortest decimal:
// digits / 10^decimals.
struct SpeedRatio {
  // At most 17 significant ones.
  uint64_t digits = 1;
  size_t decimals = 0;
};
// REQUIRES: kMinSpeed <= speed <= kMaxSpeed
SpeedRatio RatioOf(double speed);

// `elapsed_ns` / speed, rounded to the nearest; nullopt if that is not before
// `until_ns`. REQUIRES: elapsed_ns >= 0, 0 < until_ns < 2^56
std::optional<int64_t> AtSpeed(uint64_t elapsed_ns, const SpeedRatio& speed,
                               int64_t until_ns);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_TIMESTAMP_TEXT_H_
