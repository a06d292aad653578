// Admits workers to a run, and readmits members that rejoin: answers the first
// message of every stream.
//
// Used by the run's thread. Borrows fleet, roster and heartbeat.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_ADMISSION_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_ADMISSION_H_

#include <cstddef>
#include <optional>

#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class Admission {
 public:
  Admission(Fleet& fleet, Roster& roster, Heartbeat& heartbeat, bool tells)
      : fleet_(fleet), roster_(roster), heartbeat_(heartbeat), tells_(tells) {}

  // From now on workers may join, up to `wanted` of them.
  void Open(size_t wanted) { wanted_ = wanted; }
  size_t wanted() const { return wanted_; }
  // Admits no more workers, even if some leave.
  void Close() { closed_ = true; }

  // Answers the first message on a stream that is not a member's. `stop`: the
  // latest Stop sent to all workers, if one was sent.
  void Greet(size_t session, const wire::WorkerMessage& message,
             const std::optional<wire::Stop>& stop);

 private:
  void Welcome(size_t session, const wire::Hello& hello);
  void Readmit(size_t session, const wire::Rejoin& rejoin,
               const std::optional<wire::Stop>& stop);

  Fleet& fleet_;
  Roster& roster_;
  Heartbeat& heartbeat_;
  const bool tells_;  // announces each arrival
  size_t wanted_ = 0;
  bool closed_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_ADMISSION_H_
