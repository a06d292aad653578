// The schedule of one engine: its shares' arrivals in the order they are due.
// Arrivals are generated as they are taken; memory is a few numbers per share.
//
// Units: instants are nanoseconds since the run's start.
// Thread-compatible. Copies the parts of the plan that it needs.
#ifndef INVOCATOR_WORKER_ENGINE_SCHEDULE_H_
#define INVOCATOR_WORKER_ENGINE_SCHEDULE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/version_order.h"
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

  // A share's arrivals, and the position in them.
  struct Line {
    Share share;
    std::unique_ptr<ArrivalStream> stream;
    Arrival next = {};
    // Of a version: its group's first instance, and its turn among the calls of
    // the next one's sequence. Else the instance itself, and 0.
    uint32_t group = 0;
    uint32_t turn = 0;
    std::unique_ptr<const VersionOrder> order;
  };

  Schedule(const Plan& plan, const std::vector<Share>& shares);

  // Lines for shares to be added: their arrivals at `from_ns` or later. Takes
  // some 10 ns for every earlier arrival. Ends early, with the lines so far,
  // once `give_up` is true.
  static std::vector<Line> LinesFrom(const Plan& plan,
                                     const std::vector<Share>& shares,
                                     int64_t from_ns,
                                     const std::atomic<bool>& give_up = kGoOn);
  void Add(std::vector<Line> lines);

  // Instant of the next invocation; kNever if none is in line.
  int64_t NextNs() const {
    return heap_.empty() ? kNever : heap_.front().next.scheduled_ns;
  }

  // Takes the next invocation. If `hold`, its share stays out of line until
  // Return: a blocking instance's next call waits for this one. REQUIRES:
  // NextNs() != kNever
  ScheduledInvocation Take(bool hold);

  // Puts an instance's held share back in line, if any: after a share's last
  // invocation none is held.
  void Return(uint32_t instance);

  // True when every invocation was taken and no share is held.
  bool exhausted() const { return heap_.empty() && held_.empty(); }
  // The same for invocations scheduled before that instant.
  bool ExhaustedBefore(int64_t instant_ns) const;

 private:
  static const std::atomic<bool> kGoOn;  // false

  // The heap's order: later lines sink; ties by instance, then sequence, so
  // that the order is the same everywhere. The versions of one instance count
  // as one: those of a sequence go by the turns that the coin gave them.
  struct Later {
    bool operator()(const Line& a, const Line& b) const;
  };

  // Moves `line` to its next own arrival; false at its end.
  static bool Advance(Line& line);
  void Push(Line line);
  Line PopFirst();
  // Moves the first line, whose next invocation is a later one now, to its
  // place. Half the work of popping and pushing it.
  void SinkFirst();

  std::vector<Line> heap_;
  std::vector<Line> held_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_SCHEDULE_H_
