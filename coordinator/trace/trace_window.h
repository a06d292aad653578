// Part of a trace that is replayed. Plain value.
//
// Units: seconds since the trace's own beginning.
#ifndef INVOCATOR_COORDINATOR_TRACE_TRACE_WINDOW_H_
#define INVOCATOR_COORDINATOR_TRACE_TRACE_WINDOW_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Ten years; instants in nanoseconds then fit into 64 bits.
inline constexpr int64_t kMostTraceStartS = int64_t{3650} * 24 * 3600;

struct TraceWindow {
  int64_t start_s = 0;
  int64_t minutes = 150;

  int64_t length_s() const { return minutes * 60; }
  int64_t end_s() const { return start_s + length_s(); }
  // Number of bins. REQUIRES: CheckBins(bin_s) is OK
  int64_t Bins(int64_t bin_s) const { return length_s() / bin_s; }
  // Bin of an instant, counted from the window's start; negative before it.
  int64_t BinOf(int64_t instant_s, int64_t bin_s) const;

  // INVALID_ARGUMENT unless it begins with a bin, and has no more bins than a
  // test may have.
  absl::Status CheckBins(int64_t bin_s) const;
};

// "00:09:00", hours beyond 24 included, in seconds; nullopt for other text and
// beyond kMostTraceStartS.
std::optional<int64_t> ParseClock(absl::string_view text);
// The reverse; negative instants have a sign.
std::string ClockText(int64_t seconds);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_TRACE_WINDOW_H_
