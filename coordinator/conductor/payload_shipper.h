// Ships the bodies of a plan to workers in chunks, few at a time: what waits to
// be sent to all workers together is bounded, however many and slow they are;
// those that take nothing do not keep it from the others for ever.
//
// Used by the run's thread. Borrows fleet and plan.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_PAYLOAD_SHIPPER_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_PAYLOAD_SHIPPER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/plan/plan.h"
#include "coordinator/fleet/fleet.h"

namespace invocator {

class PayloadShipper {
 public:
  PayloadShipper(Fleet& fleet, const Plan& plan) : fleet_(fleet), plan_(plan) {}

  // One to whom a message of that size is just being sent.
  void AddReceiver(size_t session, size_t waiting_bytes, int64_t now_ns);

  // Sends on where there is room. To be called again and again.
  void Pump(int64_t now_ns);

  // If all room is taken, and nobody has taken a single message for long: the
  // sessions of the receivers, all of them, who are receivers no more.
  std::vector<size_t> TakeStalled(int64_t now_ns);

  // Another receiver would not make too much wait.
  bool has_room() const { return waiting_bytes_ < kBytesOfAll; }

 private:
  static constexpr size_t kBytesOfAll = 64 << 20;

  // How far one worker has got.
  struct Receiver {
    size_t session = 0;
    size_t set = 0;
    size_t body = 0;
    size_t offset = 0;
    // Sizes of the chunks that wait to be sent, and their sum.
    std::deque<size_t> waiting;
    size_t waiting_bytes = 0;
  };

  // Forgets the chunks that no longer wait.
  void Settle(Receiver& receiver, int64_t now_ns);
  // The next chunk; false when there is none.
  bool SendNext(Receiver& receiver);

  Fleet& fleet_;
  const Plan& plan_;
  std::vector<Receiver> receivers_;
  size_t waiting_bytes_ = 0;  // of all receivers
  size_t next_ = 0;           // the first to be served, in turn
  int64_t took_ns_ = 0;       // when anybody took the last message
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_PAYLOAD_SHIPPER_H_
