// How far a worker's steady clock is from ours, measured by pings: the sample
// with the smallest round trip is the least disturbed one, and the offset is
// uncertain by half of it. Source: Cristian, "Probabilistic clock
// synchronization", 1989.
//
// Pure: instants come in as arguments. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_CLOCK_SYNC_H_
#define INVOCATOR_COORDINATOR_CLOCK_SYNC_H_

#include <cstdint>

namespace invocator {

class ClockSync {
 public:
  // One ping: sent and answered by our clock, the worker's clock between.
  // Answers from before their question are ignored.
  void AddSample(int64_t sent_ns, int64_t answered_ns, int64_t worker_ns);

  int samples() const { return samples_; }
  // The worker's clock minus ours.
  int64_t offset_ns() const { return offset_ns_; }
  int64_t uncertainty_ns() const { return round_trip_ns_ / 2; }
  int64_t round_trip_ns() const { return round_trip_ns_; }

  int64_t ToWorker(int64_t our_ns) const { return our_ns + offset_ns_; }

 private:
  int samples_ = 0;
  int64_t offset_ns_ = 0;
  int64_t round_trip_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CLOCK_SYNC_H_
