// How well the latencies are known that a run's reports show. Plain values.
#ifndef INVOCATOR_COORDINATOR_PRECISION_RUN_INTERVALS_H_
#define INVOCATOR_COORDINATOR_PRECISION_RUN_INTERVALS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "coordinator/precision/measured_bins.h"
#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/steadiness.h"

namespace invocator {

// The percentiles that reports show.
inline constexpr std::array<double, 5> kShownRatios = {0.5, 0.9, 0.99, 0.999,
                                                       0.9999};

// 95 % intervals, in nanoseconds.
struct LatencyIntervals {
  Interval mean;
  std::array<Interval, kShownRatios.size()> percentiles;
};

struct RunIntervals {
  size_t bins = 0;  // wholly in the measured phase
  double width_s = 0;
  LatencyIntervals lateness;
  LatencyIntervals service;
  LatencyIntervals response;
  LatencyIntervals first_byte;
  // By instance, with a lane of its own.
  std::vector<std::optional<LatencyIntervals>> response_of;
  Steadiness steadiness;  // of the response
};

// `instances`: their number.
RunIntervals IntervalsOf(MeasuredBins& bins, size_t instances);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PRECISION_RUN_INTERVALS_H_
