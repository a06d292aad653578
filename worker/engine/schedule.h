// The schedule of one engine: its shares' arrivals in the order they are due.
// Arrivals are generated as they are taken; memory is a few numbers a share.
//
// Units: instants are nanoseconds since the run's start.
// Thread-compatible. Holds copies of what it needs of the plan.
#ifndef INVOCATOR_WORKER_ENGINE_SCHEDULE_H_
#define INVOCATOR_WORKER_ENGINE_SCHEDULE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/plan/arrivals.h"
#include "common/plan/plan.h"
#include "common/plan/share.h"

namespace invocator {

struct ScheduledInvocation {
  uint32_t instance = 0;
  uint64_t sequence = 0;
  int64_t scheduled_ns = 0;

  friend bool operator==(const ScheduledInvocation&,
                         const ScheduledInvocation&) = default;
};

class Schedule {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  // A share's arrivals, as far as they were taken.
  struct Line {
    Share share;
    std::unique_ptr<ArrivalStream> stream;
    Arrival next;
  };

  Schedule(const Plan& plan, const std::vector<Share>& shares);

  // The lines of shares that are to be added: what is scheduled at `from_ns` or
  // later. Takes some 10 ns for every arrival before that; ends early, with
  // what it has, once `give_up` is true.
  static std::vector<Line> LinesFrom(const Plan& plan,
                                     const std::vector<Share>& shares,
                                     int64_t from_ns,
                                     const std::atomic<bool>& give_up = kGoOn);
  void Add(std::vector<Line> lines);

  // When the next invocation is scheduled; kNever when none is in line.
  int64_t NextNs() const {
    return heap_.empty() ? kNever : heap_.front().next.scheduled_ns;
  }

  // Takes the next invocation. Its share stays out of line until the call to
  // Return when `hold`: a blocking instance's next call waits for this one.
  // REQUIRES: NextNs() != kNever
  ScheduledInvocation Take(bool hold);

  // Puts the held share of an instance back in line, if it has one: after the
  // last invocation of a share nothing is held.
  void Return(uint32_t instance);

  // True when every invocation was taken and no share is held.
  bool exhausted() const { return heap_.empty() && held_.empty(); }
  // The same for what is scheduled before that instant.
  bool ExhaustedBefore(int64_t instant_ns) const;

 private:
  static const std::atomic<bool> kGoOn;  // false

  // The heap's order: later lines sink; ties by instance, then sequence, so
  // that the order is the same everywhere.
  struct Later {
    bool operator()(const Line& a, const Line& b) const;
  };

  // Moves `line` to its next own arrival; false at its end.
  static bool Advance(Line& line);
  void Push(Line line);

  std::vector<Line> heap_;
  std::vector<Line> held_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_SCHEDULE_H_
