// Whether a run was steady: the medians of its bins of time, first against last
// third, and the warm-up that they suggest.
//
// Pure.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_STEADINESS_H_
#define INVOCATOR_COORDINATOR_STATISTICS_STEADINESS_H_

#include <cstddef>
#include <optional>

#include "absl/types/span.h"
#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/latency_bins.h"

namespace invocator {

enum class Steady {
  // The change between the thirds is at most 10 % with 95 % confidence, and not
  // kNo.
  kYes,
  // The medians changed by 5 % or more, and more than their noise. So say 4 to
  // 6 % of simulated steady runs, and 10 % of queues at a load of 0.8.
  kNo,
  // Neither, or fewer than 30 bins with calls.
  kTooShort,
};

struct Steadiness {
  Steady steady = Steady::kTooShort;
  // Means of the bins' medians. Only for 30 bins with calls or more, as is
  // `change`.
  double first_third_ns = 0;
  double last_third_ns = 0;
  // last / first - 1. Its noise is that of the later two thirds, which a slow
  // start leaves alone: of bins about a straight line through their third,
  // neighbours' correlation r included by (1+r)/(1-r).
  Interval change;

  // From the first bin to where the medians have settled by MSER-5 (White, Cobb
  // and Spratt, Winter Simulation Conference 2000): of all cuts by five bins in
  // the first half, the one after which the mean's variance is least. Unknown
  // if that is the last such cut, since then a later one may be better, and for
  // fewer than 30 bins with calls.
  std::optional<double> warmup_s;
  size_t bins = 0;  // with calls
};

// `width_s`: of a bin.
Steadiness JudgeSteadiness(const LatencyBins& bins, double width_s);

// MSER-5 itself: how many values to leave out, a multiple of five; nullopt if
// not settled in the first half. REQUIRES: at least ten values
std::optional<size_t> SettledAfter(absl::Span<const double> values);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_STEADINESS_H_
