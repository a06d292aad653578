// Makes workers' deltas and a merger's scope, for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_DELTAS_H_
#define INVOCATOR_TESTS_SUPPORT_DELTAS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "common/result/reason.h"
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

// The first bin of a delta.
inline wire::BinDelta& Bin(wire::InstanceDelta& delta) {
  return *delta.mutable_bins(0);
}

inline wire::BinDelta& AddBin(uint32_t tick, wire::InstanceDelta& delta) {
  wire::BinDelta& bin = *delta.add_bins();
  bin.set_tick(tick);
  return bin;
}

inline void SetWarmths(uint64_t cold, uint64_t warm,
                       wire::InstanceDelta& delta) {
  Histogram cold_ns, warm_ns;
  if (cold > 0) cold_ns.Add(300, cold);
  if (warm > 0) warm_ns.Add(100, warm);
  Bin(delta).set_cold(cold);
  Bin(delta).set_warm(warm);
  *delta.mutable_cold_service() = ToWire(cold_ns);
  *delta.mutable_cold_response() = ToWire(cold_ns);
  *delta.mutable_warm_service() = ToWire(warm_ns);
  *delta.mutable_warm_response() = ToWire(warm_ns);
}

// Aborts `count` of the ok calls of the first bin: those have no latency.
inline void Abort(uint64_t count, wire::InstanceDelta& delta) {
  const uint64_t ended = Bin(delta).sent() - count;
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kOk), ended);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kAborted), count);
  Histogram ended_ns;
  ended_ns.Add(20'000'000, ended);
  *Bin(delta).mutable_service() = ToWire(ended_ns);
  *Bin(delta).mutable_response() = ToWire(ended_ns);
}

inline void SetReasons(std::vector<std::pair<Reason, uint64_t>> counts,
                       wire::InstanceDelta& delta) {
  delta.clear_reasons();
  for (size_t i = 0; i < kReasons; ++i) delta.add_reasons(0);
  for (const auto& [reason, count] : counts) {
    delta.set_reasons(static_cast<int>(reason), count);
  }
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
