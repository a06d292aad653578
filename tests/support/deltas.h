// Makes workers' deltas and a merger's scope, for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_DELTAS_H_
#define INVOCATOR_TESTS_SUPPORT_DELTAS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "common/wire/histogram_codec.h"
#include "coordinator/books/merge.h"
#include "proto/fleet.pb.h"

namespace invocator {

// `sent` calls, 20 ms late, that ended ok after 20 ms: all in one tick.
inline void FillBin(uint64_t sent, wire::BinDelta& bin) {
  bin.set_sent(sent);
  for (size_t i = 0; i < kOutcomes; ++i) bin.add_outcomes(i == 0 ? sent : 0);
  Histogram histogram;
  histogram.Add(20'000'000, sent);
  *bin.mutable_lateness() = ToWire(histogram);
  *bin.mutable_service() = ToWire(histogram);
  *bin.mutable_response() = ToWire(histogram);
}

// A delta of one bin, with such calls.
inline wire::InstanceDelta DeltaOf(uint32_t instance, uint64_t sent,
                                   uint32_t tick = 0) {
  wire::InstanceDelta delta;
  delta.set_instance(instance);
  delta.set_sent_digest(sent * 11);
  delta.add_bins()->set_tick(tick);
  FillBin(sent, *delta.mutable_bins(0));
  return delta;
}

inline wire::Progress ProgressOf(std::vector<wire::InstanceDelta> deltas) {
  wire::Progress progress;
  for (wire::InstanceDelta& delta : deltas) {
    *progress.add_instances() = std::move(delta);
  }
  return progress;
}

// The scope of a plan of 10 s without a warm-up. `planned`: by instance.
inline MergeScope PlainScope(std::vector<uint64_t> planned) {
  MergeScope scope{.planned = std::move(planned),
                   .bins = TimeBins(10),
                   .lanes = {},
                   .planned_bins = {}};
  scope.lanes = ChooseLanes(scope.planned);
  return scope;
}

inline Totals TotalOf(Merger& merger) {
  Totals total;
  for (const Totals& instance : merger.instances()) total.Merge(instance);
  return total;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_DELTAS_H_
