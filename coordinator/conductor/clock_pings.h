// Measures the workers' clocks before a run, each by a series of pings. Keeps
// every answer, and warns of a wall clock that is far off.
//
// Belongs to the run's thread. Borrows fleet, clock and roster.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_CLOCK_PINGS_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_CLOCK_PINGS_H_

#include <cstdint>

#include "common/base/clock.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class ClockPings {
 public:
  ClockPings(Fleet& fleet, const SteadyClock& clock, Roster& roster)
      : fleet_(fleet), clock_(clock), roster_(roster) {}

  // Sends every remaining worker its first ping.
  void Begin();
  // Keeps an answer, to a ping of ours or of the heartbeat.
  void Take(RunWorker& worker, const wire::ClockPong& pong,
            int64_t received_ns);
  // Sends the next ping of the series, if any is left. Call it after each
  // answer: queued pings would measure the queue.
  void GoOn(const RunWorker& worker);
  // True once the whole series has been answered.
  static bool IsMeasured(const RunWorker& worker);

 private:
  void Send(const RunWorker& worker);

  Fleet& fleet_;
  const SteadyClock& clock_;
  Roster& roster_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_CLOCK_PINGS_H_
