// The run's timeline: nanoseconds since its start, on one machine's steady
// clock. A value; borrows the clock, which must outlive it.
#ifndef INVOCATOR_WORKER_ENGINE_RUN_CLOCK_H_
#define INVOCATOR_WORKER_ENGINE_RUN_CLOCK_H_

#include <cstdint>

#include "common/base/clock.h"

namespace invocator {

class RunClock {
 public:
  RunClock(const SteadyClock& clock, int64_t start_steady_ns)
      : clock_(&clock), start_ns_(start_steady_ns) {}

  // Negative before the start.
  int64_t NowNs() const { return clock_->NowNs() - start_ns_; }

 private:
  const SteadyClock* clock_;
  int64_t start_ns_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_RUN_CLOCK_H_
