// Makes a worker's reports: counts once a second, records in batches, and the
// final Done. Reports wait in the outbox.
//
// Used by the stream thread.
#ifndef INVOCATOR_WORKER_RECORDING_REPORTER_H_
#define INVOCATOR_WORKER_RECORDING_REPORTER_H_

#include <cstdint>
#include <optional>

#include "common/plan/plan.h"
#include "common/result/worker_done.h"
#include "common/wire/record_codec.h"
#include "proto/fleet.pb.h"
#include "worker/recording/chunk_queue.h"
#include "worker/recording/outbox.h"
#include "worker/recording/tally.h"

namespace invocator {

// State of the engines when counts are reported.
struct ProgressInstant {
  uint64_t in_flight = 0;
  // All calls that ended before it have been taken.
  int64_t until_ns = 0;
};

class Reporter {
 public:
  explicit Reporter(const OutboxOptions& options) : outbox_(options) {}

  // Call before anything is recorded. `record_ratio`: as for Tally.
  void Open(const Plan& plan, double record_ratio) {
    tally_.emplace(plan, record_ratio);
  }

  // Takes the full chunks of `queue`. Full batches of records go into the
  // outbox.
  void Take(ChunkQueue& queue);
  // Puts the current batch into the outbox, full or not. If memory and disk
  // have no room, its records are lost and counted.
  void QueueRecords();
  // Puts all counts into the outbox. False if there is no room; the rest is
  // kept for the next call.
  bool QueueProgress(const ProgressInstant& instant);
  // As QueueProgress, and then `done`, the last report.
  bool QueueDone(WorkerDone done, const ProgressInstant& instant);

  Outbox& outbox() { return outbox_; }
  const Outbox& outbox() const { return outbox_; }

 private:
  // Logs the first failure caused by a lack of this machine's resources.
  void WarnOfOwn(const FailureSample& failure);

  bool warned_of_own_ = false;
  std::optional<Tally> tally_;
  Outbox outbox_;
  std::optional<wire::Report> batch_;  // of records, being filled
  std::optional<RecordEncoder> encoder_;
  std::optional<wire::Report> pending_;  // a Progress that found no room
  bool more_progress_ = false;
  int64_t until_ns_ = 0;  // of the last complete progress
  uint64_t records_lost_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_REPORTER_H_
