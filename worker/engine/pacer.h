// Decides which invocations are sent now: those that are due, as far as the
// in-flight limit allows. Pure: never reads a clock, never sleeps.
//
// At the limit, invocations wait in the schedule itself (their lateness will
// show) or are dropped and counted. In a blocking plan an instance's
// invocation also waits until the one before it has ended.
//
// Units: instants are nanoseconds since the run's start.
// Thread-compatible. Borrows the schedule, which must outlive the pacer.
#ifndef INVOCATOR_WORKER_ENGINE_PACER_H_
#define INVOCATOR_WORKER_ENGINE_PACER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/result/record.h"
#include "worker/engine/schedule.h"

namespace invocator {

struct DueInvocation : ScheduledInvocation {
  // Wait past its instant for the instance's previous call.
  int64_t blocked_ns = 0;
};

struct PacerOptions {
  uint32_t max_in_flight = 1;
  bool drop_on_overload = false;
  bool blocking = false;
};

class Pacer {
 public:
  Pacer(Schedule& schedule, size_t instances, PacerOptions options);

  // The next invocation to send at `now_ns`, which then counts as in flight;
  // nullopt when none is due or the limit is reached. Invocations scheduled at
  // `before_ns` or later are not due.
  std::optional<DueInvocation> TakeDue(int64_t now_ns,
                                       int64_t before_ns = Schedule::kNever);

  // Call when an invocation from TakeDue has ended.
  void Ended(uint32_t instance, int64_t now_ns);

  // Instant at which TakeDue next has an invocation, by the passing of time
  // alone; Schedule::kNever if it must wait for an end, or has none left.
  int64_t NextDueNs() const;

  bool exhausted() const { return schedule_.exhausted(); }
  bool ExhaustedBefore(int64_t instant_ns) const {
    return schedule_.ExhaustedBefore(instant_ns);
  }
  uint32_t in_flight() const { return in_flight_; }

  // Time during which the limit held back a due invocation.
  int64_t AtLimitNs(int64_t now_ns) const;

  // Calls add(call) for each invocation dropped since the last TakeDropped.
  template <typename Add>
  void TakeDropped(Add add) {
    for (const DroppedCall& call : dropped_) add(call);
    dropped_.clear();
  }

 private:
  bool AtLimit() const { return in_flight_ >= options_.max_in_flight; }

  Schedule& schedule_;
  const PacerOptions options_;
  uint32_t in_flight_ = 0;
  std::vector<int64_t> free_since_ns_;  // blocking: end of the call before
  std::vector<DroppedCall> dropped_;
  int64_t at_limit_ns_ = 0;                   // until the last call that ended
  int64_t limit_since_ns_ = 0;                // when the last call was taken
  int64_t first_drop_ns_ = Schedule::kNever;  // since then
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_PACER_H_
