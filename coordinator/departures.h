// Handles workers that leave a run: each was asked to end and names the instant
// from which on it sends nothing. Its later invocations are treated as those of
// a lost worker; unlike a lost one, it reports all that it has sent.
//
// Used by the run's thread. Borrows fleet, roster, heartbeat and losses.
#ifndef INVOCATOR_COORDINATOR_DEPARTURES_H_
#define INVOCATOR_COORDINATOR_DEPARTURES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "coordinator/fleet.h"
#include "coordinator/heartbeat.h"
#include "coordinator/losses.h"
#include "coordinator/result_sink.h"
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

  // From now on workers may leave.
  void Open(const ResultSink& sink) { sink_ = &sink; }

  // INVALID_ARGUMENT for an invalid Leave, and for an instant too far from
  // `run_ns` (now, since the start), or before something that the worker has
  // reported; ABORTED before the start was agreed on (`begun`), since the
  // worker plays from another one. A repeated Leave, after a Rejoin, has no
  // effect.
  absl::Status Take(RunWorker& worker, const wire::Leave& leave, bool begun,
                    int64_t run_ns);

  // The worker's Failure came then: if that was before its start, and it has
  // reported nothing, it has sent nothing.
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

#endif  // INVOCATOR_COORDINATOR_DEPARTURES_H_
