// Range that holds a true value with some confidence, and the reason where an
// end of it is not known.
//
// Units: nanoseconds for latencies; plain numbers for shares and ratios.
// A plain value.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_INTERVAL_H_
#define INVOCATOR_COORDINATOR_STATISTICS_INTERVAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>

namespace invocator {

inline constexpr double kUsualConfidence = 0.95;

enum class Unknown {
  kNothing,   // both ends are known
  kNoCalls,   // there is no estimate either
  kExtreme,   // minimum and maximum have no interval
  kFewBins,   // the calls lie in fewer than ten bins, or most in a few
  kMemory,    // neighbours correlate: the run is shorter than its own memory
  kFewCalls,  // about `needed_calls` calls would do
};

struct Interval {
  double estimate = 0;
  std::optional<double> low;
  std::optional<double> high;
  // Number of independent calls that would tell as much.
  double effective_n = 0;

  // Why an end is missing. kFewCalls may leave one end known.
  Unknown unknown = Unknown::kNothing;
  size_t bins = 0;  // with calls
  // For kFewCalls: calls of such a run that make both ends known, most likely.
  uint64_t needed_calls = 0;

  bool IsKnown() const { return low.has_value() && high.has_value(); }

  bool operator==(const Interval&) const = default;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_INTERVAL_H_
