// Handles workers that leave a run: each was asked to end, and names the
// instant at which it stops sending. Its later invocations are treated as a
// lost worker's. Unlike a lost worker, it reports every call that it has sent.
//
// Used by the run's thread. Borrows fleet, roster, heartbeat and losses.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_DEPARTURES_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_DEPARTURES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "coordinator/conductor/losses.h"
#include "coordinator/conductor/result_sink.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class Departures {
 public:
  Departures(Fleet& fleet, Roster& roster, Heartbeat& heartbeat, Losses& losses)
      : fleet_(fleet),
        roster_(roster),
        heartbeat_(heartbeat),
        losses_(losses) {}

  // From now on workers may leave.
  void Open(const ResultSink& sink) { sink_ = &sink; }

  // Takes a Leave; a repeated one, after a Rejoin, has no effect. `run_ns`:
  // now, since the start. INVALID_ARGUMENT for an invalid Leave, and for an
  // instant too far from `run_ns` or before a call that the worker has
  // reported. ABORTED unless the start is agreed on (`begun`): until then the
  // worker may play from another start.
  absl::Status Take(RunWorker& worker, const wire::Leave& leave, bool begun,
                    int64_t run_ns);

  // Takes a Failure received at `received_ns`. A worker that fails before its
  // start and has reported nothing has sent nothing.
  void OnFailure(RunWorker& worker, int64_t received_ns);

  // Ends the streams of leavers that are done.
  void LetGo();

 private:
  Fleet& fleet_;
  Roster& roster_;
  Heartbeat& heartbeat_;
  Losses& losses_;
  const ResultSink* sink_ = nullptr;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_DEPARTURES_H_
