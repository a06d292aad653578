// Makes reports of what engines have recorded: counts once a second, records
// when there are enough of them, and how it ended. They wait in the outbox.
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

class Reporter {
 public:
  explicit Reporter(const OutboxOptions& options) : outbox_(options) {}

  // Before anything is recorded. `record_ratio`: as of Tally.
  void Open(const Plan& plan, double record_ratio) {
    tally_.emplace(plan, record_ratio);
  }

  // Takes what is full of `queue`; batches of records that have become full go
  // into the outbox.
  void Take(ChunkQueue& queue);
  // The last batch goes there too, full or not. Records that find no room, in
  // memory or on the disk, are lost, and counted.
  void QueueRecords();
  // Everything counted goes into the outbox; false while there is no room: the
  // rest is kept for the next time.
  bool QueueProgress(uint64_t in_flight);
  // As QueueProgress, and then `done`, the last report.
  bool QueueDone(WorkerDone done, uint64_t in_flight);

  Outbox& outbox() { return outbox_; }
  const Outbox& outbox() const { return outbox_; }

 private:
  // Logs the first failure caused by a lack of this machine's resources.
  void WarnOfOwn(const FailureSample& failure);

  bool warned_of_own_ = false;
  std::optional<Tally> tally_;
  Outbox outbox_;
  std::optional<wire::Report> batch_;  // of records, which is being filled
  std::optional<RecordEncoder> encoder_;
  std::optional<wire::Report> pending_;  // a Progress that found no room
  bool more_progress_ = false;
  uint64_t records_lost_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_REPORTER_H_
