// Bins of a timeline that lie wholly in a run's measured phase, and how well
// they tell what was measured.
//
// Lateness, service, response and first byte are known by bin for the run, and
// response for instances with a lane; counts for both.
//
// Units: as in Threshold: nanoseconds for latencies, percent for shares.
// Thread-compatible. Borrows the timeline.
#ifndef INVOCATOR_COORDINATOR_PRECISION_MEASURED_BINS_H_
#define INVOCATOR_COORDINATOR_PRECISION_MEASURED_BINS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/result/totals.h"
#include "coordinator/books/threshold.h"
#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/latency_bins.h"
#include "coordinator/statistics/share_interval.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {

// Lane of the timeline; nullopt: the run.
using MeasuredLane = std::optional<size_t>;

class MeasuredBins {
 public:
  // The phase is from `from_s`, the warm-up's end, to `until_s`, the plan's
  // end or the last call.
  MeasuredBins(const Timeline& timeline, double from_s, double until_s);

  size_t size() const { return end_ - first_; }
  double width_s() const { return timeline_.bins().width_s(); }

  // The latency by bin; null if it is not known by bin. Counts once, and keeps
  // the result.
  const LatencyBins* Latency(Histogram Totals::*latency, MeasuredLane lane);
  // REQUIRES: HasInterval (coordinator/books/subject_interval.h), a share
  std::vector<ShareBin> Shares(const Threshold& subject,
                               MeasuredLane lane) const;
  // nullopt if it has none, or is not known by bin.
  std::optional<Interval> IntervalOf(const Threshold& subject,
                                     MeasuredLane lane,
                                     double confidence = kUsualConfidence);
  // The lane of an instance; nullopt if it shares one, so that nothing is known
  // of it by bin.
  std::optional<size_t> LaneOf(size_t instance) const;

 private:
  const Timeline& timeline_;
  uint32_t first_;
  uint32_t end_;
  // By latency (its place among the four) and lane.
  std::map<std::pair<int, MeasuredLane>, LatencyBins> latencies_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PRECISION_MEASURED_BINS_H_
