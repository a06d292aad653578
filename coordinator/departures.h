// Handles workers that leave a run: each was asked to end and names the instant
// from which on it sends nothing. Its later invocations are treated as those of
// a lost worker; unlike a lost one, it reports all that it has sent.
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

  // INVALID_ARGUMENT for an invalid Leave; ABORTED before the start was agreed
  // on (`begun`), since the worker plays from another one. A repeated Leave,
  // after a Rejoin, has no effect.
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
