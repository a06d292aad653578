// How well the subject of a threshold is known, from its bins of time: means
// and percentiles of latencies, and shares of calls.
//
// Pure.
#ifndef INVOCATOR_COORDINATOR_BOOKS_SUBJECT_INTERVAL_H_
#define INVOCATOR_COORDINATOR_BOOKS_SUBJECT_INTERVAL_H_

#include "absl/types/span.h"
#include "coordinator/books/threshold.h"
#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/latency_bins.h"
#include "coordinator/statistics/share_interval.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {

// Whether it has an interval at all. Not extremes, numbers of calls, rates, nor
// shares of calls that count in other bins than their 100 %.
bool HasInterval(const Threshold& subject);

// In nanoseconds. REQUIRES: HasInterval, a latency
Interval SubjectInterval(const Threshold& subject, const LatencyBins& bins,
                         double confidence = kUsualConfidence);

// A bin's calls. Outcomes are shares of the calls that ended in it.
// REQUIRES: HasInterval, a share
ShareBin ShareIn(const Threshold& subject, const BinCounts& counts);
// In percent.
Interval SubjectInterval(absl::Span<const ShareBin> bins,
                         double confidence = kUsualConfidence);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_SUBJECT_INTERVAL_H_
