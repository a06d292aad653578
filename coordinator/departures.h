// The departures of a run: workers that were asked to end, and say from which
// instant on they play no more. What was planned for them after it goes the way
// of a loss; unlike one who is lost, a leaver tells all that it has sent.
//
// Used by the run's thread. Borrows fleet, roster, heartbeat and losses.
#ifndef INVOCATOR_COORDINATOR_DEPARTURES_H_
#define INVOCATOR_COORDINATOR_DEPARTURES_H_

#include "absl/status/status.h"
#include "coordinator/fleet.h"
#include "coordinator/heartbeat.h"
#include "coordinator/losses.h"
#include "coordinator/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class Departures {
 public:
  Departures(Fleet& fleet, Roster& roster, Heartbeat& heartbeat, Losses& losses)
      : fleet_(fleet),
        roster_(roster),
        heartbeat_(heartbeat),
        losses_(losses) {}

  // INVALID_ARGUMENT for one that cannot be; ABORTED before the start was
  // agreed on (`begun`): it plays from another one. The same again, after a
  // Rejoin, is nothing new.
  absl::Status Take(RunWorker& worker, const wire::Leave& leave, bool begun);

  // Ends the streams of leavers that are done.
  void LetGo();

 private:
  Fleet& fleet_;
  Roster& roster_;
  Heartbeat& heartbeat_;
  Losses& losses_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_DEPARTURES_H_
