// Fills tallies with records, for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_TALLIES_H_
#define INVOCATOR_TESTS_SUPPORT_TALLIES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/result/record.h"
#include "common/wire/record_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/plans.h"
#include "worker/recording/tally.h"

namespace invocator {

inline constexpr size_t kNoLimit = SIZE_MAX;

inline Plan PlanOfInstances(size_t count) {
  std::vector<InstancePlan> instances;
  for (size_t i = 0; i < count; ++i) {
    instances.push_back(ListInstance("f" + std::to_string(i), {1}, 10));
  }
  return PlanOf(std::move(instances), 10);
}

inline Record MakeRecord(uint32_t instance, uint64_t sequence,
                         Outcome outcome) {
  Record record;
  record.instance = instance;
  record.sequence = sequence;
  record.outcome = outcome;
  record.scheduled_ns = static_cast<int64_t>(sequence) * 1'000'000;
  record.sent_ns = record.scheduled_ns + 10'000;
  record.done_ns = record.sent_ns + 2'000'000;
  return record;
}

// Adds the records; returns those that are reported.
inline wire::RecordBatch AddAll(Tally& tally,
                                const std::vector<Record>& records) {
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  tally.Add(records, encoder);
  return batch;
}

inline DroppedCall Dropped(uint32_t instance) { return {.instance = instance}; }

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_TALLIES_H_
