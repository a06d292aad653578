#include "coordinator/clock_sync.h"

namespace invocator {

void ClockSync::AddSample(int64_t sent_ns, int64_t answered_ns,
                          int64_t worker_ns) {
  const int64_t round_trip_ns = answered_ns - sent_ns;
  if (round_trip_ns < 0) return;
  ++samples_;
  if (samples_ > 1 && round_trip_ns >= round_trip_ns_) return;
  round_trip_ns_ = round_trip_ns;
  // A worker may claim any instant: wrap rather than overflow.
  offset_ns_ =
      static_cast<int64_t>(static_cast<uint64_t>(worker_ns) -
                           static_cast<uint64_t>(sent_ns + round_trip_ns / 2));
}

}  // namespace invocator
