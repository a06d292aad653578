// Tally of one worker: turns the engines' records into counts, digests and
// histograms per instance, phase and tick (sent as deltas), and selects the
// records to report.
//
// Thread-compatible: owned by the stream thread. Pure but for memory.
#ifndef INVOCATOR_WORKER_RECORDING_TALLY_H_
#define INVOCATOR_WORKER_RECORDING_TALLY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "common/plan/plan.h"
#include "common/result/failure_kinds.h"
#include "common/result/failure_sample.h"
#include "common/result/record.h"
#include "common/result/time_bins.h"
#include "common/result/totals.h"
#include "common/wire/progress_codec.h"
#include "common/wire/record_codec.h"
#include "worker/recording/bin_tally.h"

namespace invocator {

class Tally {
 public:
  // `record_ratio`: share of invocations reported as records, 0 .. 1. The
  // selection depends on seed, instance and sequence alone.
  Tally(const Plan& plan, double record_ratio);

  // Counts the records and adds the selected ones to the encoder's batch.
  void Add(absl::Span<const Record> some, RecordEncoder& records);
  void AddDropped(const DroppedCall& call);
  // Keeps the failure if it is the earliest of a kind. REQUIRES: its reason is
  // not kNone.
  void AddFailure(const FailureSample& failure);

  // Moves the counts since the last call into `progress`, instance by instance,
  // until it has grown to `enough_bytes`. True if some are left. Never splits
  // the counts of a call.
  bool TakeDeltas(size_t enough_bytes, ProgressWriter progress);

 private:
  struct Counts {
    Totals totals;  // counts outside of bins
    BinTally bins;
  };
  // Counts of one instance in one phase.
  struct PhaseTally {
    bool touched = false;
    std::unique_ptr<Counts> counts;  // null before the first call
  };
  struct InstanceTally {
    uint64_t name_hash = 0;
    PhaseTally measured;
    PhaseTally warmup;
  };

  Counts& Touch(InstanceTally& tally, int64_t scheduled_ns);
  // Returns the hash of its instance's name.
  uint64_t Count(const Record& record);
  void Take(uint32_t instance, bool warmup, PhaseTally& tally,
            ProgressWriter& progress);

  const TimeBins bins_;
  const int64_t warmup_ns_;
  const bool blocking_;
  const uint32_t seed_;
  const double record_ratio_;
  const bool keeps_totals_;
  BinPool pool_;
  std::vector<InstanceTally> instances_;
  FailureKinds kinds_;
  // By instance and reason; until they are reported.
  std::map<uint64_t, FailureSample> failures_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_TALLY_H_
