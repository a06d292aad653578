// Agrees with all workers on one start. Sends each worker the instant by its
// own clock. If an answer is late or negative, sends all of them a later
// instant.
//
// Belongs to the run's thread. Borrows fleet, clock, roster, heartbeat and
// losses.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_START_AGREEMENT_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_START_AGREEMENT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "coordinator/conductor/losses.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class StartAgreement {
 public:
  StartAgreement(Fleet& fleet, const SteadyClock& clock, Roster& roster,
                 Heartbeat& heartbeat, Losses& losses)
      : fleet_(fleet),
        clock_(clock),
        roster_(roster),
        heartbeat_(heartbeat),
        losses_(losses) {}

  // Sends the first start to all workers. REQUIRES: clocks were measured.
  void Begin();

  // A worker's answers. Answers to an earlier start are ignored.
  // INVALID_ARGUMENT for a start that was never sent to it; ABORTED if it has
  // begun at a start that was taken back.
  absl::Status OnArmed(RunWorker& worker, const wire::StartArmed& armed);
  absl::Status OnMissed(RunWorker& worker, const wire::StartMissed& missed);

  // True when every remaining worker has answered.
  bool answered() const;
  // Until this time, by our clock, the start can be taken back.
  int64_t settled_ns() const { return settled_ns_; }
  // Call at settled_ns, or when all have answered. True: the start stands, and
  // workers that missed too many starts are lost. False: another start was sent
  // to all.
  bool Conclude();

  int64_t start_ns() const { return start_ns_; }  // by our clock

 private:
  void TellStart();
  void Settle();

  Fleet& fleet_;
  const SteadyClock& clock_;
  Roster& roster_;
  Heartbeat& heartbeat_;
  Losses& losses_;
  int64_t round_trip_ns_ = 0;  // of the farthest worker
  int64_t lead_ns_ = 0;        // from sending to starting
  int starts_ = 0;
  int64_t start_ns_ = 0;
  int64_t settled_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_START_AGREEMENT_H_
