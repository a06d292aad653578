// Sends a plan's bodies and timestamps to workers in chunks, a few at a time.
// Bounds the bytes queued for all workers together, however many and slow they
// are. A stalled worker delays the others for a bounded time only.
//
// Used by the run's thread. Borrows fleet and plan.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_PLAN_SHIPPER_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_PLAN_SHIPPER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/plan.h"
#include "common/wire/plan_chunks.h"
#include "coordinator/fleet/fleet.h"

namespace invocator {

class PlanShipper {
 public:
  PlanShipper(Fleet& fleet, const Plan& plan) : fleet_(fleet), plan_(plan) {}

  // Adds a receiver, to which an Assignment of `waiting_bytes` that announces
  // these tapes is just being sent.
  void AddReceiver(size_t session, std::vector<uint32_t> tapes,
                   size_t waiting_bytes, int64_t now_ns);

  // Sends more chunks to receivers with room. Call it repeatedly. An error if
  // timestamps cannot be read back from their file: no one gets any more.
  absl::Status Pump(int64_t now_ns);

  // If all room is taken and no receiver has taken a message for too long:
  // removes all receivers and returns their sessions.
  std::vector<size_t> TakeStalled(int64_t now_ns);

  // True if another receiver would not exceed the bound.
  bool has_room() const { return waiting_bytes_ < kBytesOfAll; }

 private:
  static constexpr size_t kBytesOfAll = 64 << 20;

  // Progress of one worker.
  struct Receiver {
    size_t session;
    PlanChunks chunks;
    // Sizes of the queued chunks, and their sum.
    std::deque<size_t> waiting = {};
    size_t waiting_bytes = 0;
  };

  // Drops the sizes of chunks that have been sent.
  void Settle(Receiver& receiver, int64_t now_ns);
  void AddWaiting(Receiver& receiver, size_t bytes);
  // Sends the next chunk; false if none is left.
  absl::StatusOr<bool> SendNext(Receiver& receiver);

  Fleet& fleet_;
  const Plan& plan_;
  std::vector<Receiver> receivers_;
  size_t waiting_bytes_ = 0;  // of all receivers
  size_t next_ = 0;           // the next to be served, in turn
  int64_t took_ns_ = 0;       // when a receiver last took a message
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_PLAN_SHIPPER_H_
