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

namespace invocator {

class StopOrder {
 public:
  // Time that workers get to end at once, from the order to the last report.
  static constexpr int64_t kPatienceNs = 1'000'000'000;

  StopOrder(Fleet& fleet, const SteadyClock& clock, Roster& roster,
            Losses& losses)
      : fleet_(fleet), clock_(clock), roster_(roster), losses_(losses) {}

  // Sends Stop to all workers: to end at once if `now`, else to await calls in
  // flight. Has no effect after an order that was as strict.
  void Give(bool now);
  // The `now` of the latest Stop; nullopt if none was sent.
  std::optional<bool> given() const { return given_; }

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
  std::optional<bool> given_;
  std::optional<int64_t> at_once_ns_;  // when the strict one was given
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_STOP_ORDER_H_
