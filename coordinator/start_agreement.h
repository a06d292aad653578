// Agrees with all workers on one instant to start at: each is told it by its
// own clock, and answers in time; or all are told a later one.
//
// Used by the run's thread. Borrows fleet, clock, roster, heartbeat and losses.
#ifndef INVOCATOR_COORDINATOR_START_AGREEMENT_H_
#define INVOCATOR_COORDINATOR_START_AGREEMENT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/clock.h"
#include "coordinator/fleet.h"
#include "coordinator/heartbeat.h"
#include "coordinator/losses.h"
#include "coordinator/roster.h"
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

  // Tells everybody the first start. REQUIRES: clocks were measured.
  void Begin();

  // What a worker answers. One that names an earlier start says nothing about
  // this one. INVALID_ARGUMENT for a start it was never told; ABORTED if it
  // has begun, at one that was taken back.
  absl::Status OnArmed(RunWorker& worker, const wire::StartArmed& armed);
  absl::Status OnMissed(RunWorker& worker, const wire::StartMissed& missed);

  // Everybody who is left has answered.
  bool answered() const;
  // Until then, by our clock, this start can be taken back.
  int64_t settled_ns() const { return settled_ns_; }
  // To be called then, or when all have answered. True: they begin at
  // start_ns(), and whoever has missed too many starts is lost. False: all were
  // told another start.
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
  int64_t lead_ns_ = 0;        // from telling to starting
  int starts_ = 0;
  int64_t start_ns_ = 0;
  int64_t settled_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_START_AGREEMENT_H_
