// How well a mean is known: a ratio estimate by bins of time, sum over calls,
// with Student's law (Cochran, Sampling Techniques, 6.3, and
// coordinator/statistics/bin_noise.h). The scatter of bins never counts as less
// than that of independent calls. Pure.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_MEAN_INTERVAL_H_
#define INVOCATOR_COORDINATOR_STATISTICS_MEAN_INTERVAL_H_

#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/latency_bins.h"

namespace invocator {

// In nanoseconds. The estimate is Histogram::MeanNs.
// REQUIRES: 0 < confidence < 1
Interval MeanInterval(const LatencyBins& bins,
                      double confidence = kUsualConfidence);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_MEAN_INTERVAL_H_
