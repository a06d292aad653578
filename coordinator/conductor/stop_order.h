// Orders all workers to stop. Marks a worker as lost if it has to end at once
// and does not, or cannot be reached.
//
// Belongs to the run's thread. Borrows fleet, clock, roster and losses.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_STOP_ORDER_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_STOP_ORDER_H_

#include <cstdint>
#include <optional>

#include "common/base/clock.h"
#include "coordinator/conductor/losses.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class StopOrder {
 public:
  // Time that workers get to end at once, from the order to the last report.
  static constexpr int64_t kPatienceNs = 1'000'000'000;

  StopOrder(Fleet& fleet, const SteadyClock& clock, Roster& roster,
            Losses& losses)
      : fleet_(fleet), clock_(clock), roster_(roster), losses_(losses) {}

  // Both send Stop to all workers, and have no effect after an order that was
  // as strict.
  // To end at once if `now`, else to await calls in flight.
  void Give(bool now);
  // To send the calls scheduled before that instant of the run, and no others.
  void GiveFrom(int64_t from_ns);
  // The latest Stop; nullopt if none was sent.
  const std::optional<wire::Stop>& given() const { return given_; }

  // For a worker's Done: cuts off the worker's calls from the instant on that
  // it names, if it names one. INVALID_ARGUMENT for one that was not ordered.
  absl::Status CutDone(int64_t stopped_from_ns, RunWorker& worker) const;
  // When the run is over: cuts off the calls that the other workers were not to
  // send. They may have missed the order, so their calls count until they ended
  // or fell silent, if that is later.
  void CutRest();

  // Marks workers as lost that had to end at once and did not.
  void Enforce(int64_t now_ns);
  // For a cancelled start: marks workers without a stream as lost, since they
  // may play until their leases end.
  void LoseUnreachable();

 private:
  Fleet& fleet_;
  const SteadyClock& clock_;
  Roster& roster_;
  Losses& losses_;
  void Send(bool now, int64_t from_ns);

  std::optional<wire::Stop> given_;
  int64_t from_ns_ = 0;                // of GiveFrom; 0: not called
  std::optional<int64_t> at_once_ns_;  // when the strict one was given
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_STOP_ORDER_H_
