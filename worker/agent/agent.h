// Agent of a worker: takes part in runs of a fleet, one after the other. One
// run: worker/agent/membership.h.
//
// Join blocks; RequestStop may be called from any thread and from signal
// handlers. Borrows the clocks.
#ifndef INVOCATOR_WORKER_AGENT_AGENT_H_
#define INVOCATOR_WORKER_AGENT_AGENT_H_

#include <atomic>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "worker/setup/agent_options.h"

namespace invocator {

class Agent {
 public:
  Agent(AgentOptions options, const SteadyClock& steady, const WallClock& wall);

  // Takes part in one run. OK when the coordinator has every report; else an
  // error of this worker, DEADLINE_EXCEEDED if the coordinator was too slow, or
  // the stream's status. `welcome`: longest wait for the coordinator's Welcome.
  absl::Status Join(const Dial& dial, absl::Duration welcome);
  absl::Status Join(const Dial& dial) {
    return Join(dial, options_.patience.welcome);
  }

  // Leaves the run: calls scheduled after the next moment go back to the
  // coordinator; calls in flight are awaited for some seconds and reported. A
  // second request aborts them. Before the start, Join returns CANCELLED.
  void RequestStop() { stop_requests_.fetch_add(1); }
  bool stop_requested() const { return stop_requests_.load() > 0; }

  // State of the last Join: was welcomed, began to play, left before the run's
  // end.
  bool welcomed() const { return welcomed_; }
  bool began() const { return began_; }
  bool left_early() const { return left_early_; }

 private:
  const AgentOptions options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  std::atomic<int> stop_requests_ = 0;
  static_assert(std::atomic<int>::is_always_lock_free, "used in a handler");
  bool welcomed_ = false;
  bool began_ = false;
  bool left_early_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_AGENT_H_
