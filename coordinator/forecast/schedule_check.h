// Tests a schedule against its specification: gaps rescaled by the rate against
// their law, and the dispersion of counts.
//
// Instants are those that a run would use, rounded to the nanosecond; the
// rounding does not count against a schedule. Spikes are left out.
#ifndef INVOCATOR_COORDINATOR_FORECAST_SCHEDULE_CHECK_H_
#define INVOCATOR_COORDINATOR_FORECAST_SCHEDULE_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/arrivals/arrival_spec.h"
#include "common/arrivals/arrival_stream.h"

namespace invocator {

enum class ScheduleVerdict {
  kFits,
  kUnlikely,  // p-value below kUnlikelyP
  kTooFew,    // values to test
  kGiven,     // the workload gives every instant: nothing is random
};

inline constexpr double kUnlikelyP = 1e-4;
inline constexpr uint64_t kFewestTested = 10;
// Limit for an instance: bounds memory. Of more values a random sample is
// tested, the same every time.
inline constexpr size_t kMostTested = 1'000'000;
// Calls expected in a window of the index of dispersion.
inline constexpr double kCallsPerWindow = 10;

struct ScheduleCheck {
  // Values that were eligible: of a process with a rate, gaps as increments of
  // the integrated rate; of random calls in bins, positions in their bin.
  uint64_t values = 0;
  uint64_t tested = 0;  // at most kMostTested of them
  double distance = 0;  // of Kolmogorov and Smirnov
  double p_value = 1;   // both meaningful for kFits and kUnlikely
  // Of calls in windows of kCallsPerWindow expected calls; without a rate, of
  // calls per whole second. Unknown for fewer than 20 windows.
  std::optional<double> dispersion;
  ScheduleVerdict verdict = ScheduleVerdict::kGiven;
};

// Tests the arrivals that versions share as a whole: those of one version are
// drawn from them by turns. Takes time in proportion to the calls. Pure, but
// for timestamps.
ScheduleCheck CheckSchedule(const ArrivalSpec& spec);

// Tests instants of any origin against a specification without spikes.
// REQUIRES: they lie within the spec's window.
ScheduleCheck CheckSchedule(const ArrivalSpec& spec, ArrivalStream& schedule);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_SCHEDULE_CHECK_H_
