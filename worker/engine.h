// The engine plays its shares of the plan: it takes what is due, sends it, and
// sleeps until shortly before the next instant, then spins the rest. It never
// skips an invocation silently and never moves the schedule: when it is late it
// sends at once, and the lateness shows.
//
// Run is called on one thread, which owns the engine and its invoker;
// everything else may be called from any. Borrows invoker and recorder.
#ifndef INVOCATOR_WORKER_ENGINE_H_
#define INVOCATOR_WORKER_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "common/plan.h"
#include "common/share.h"
#include "worker/invoker.h"
#include "worker/pacer.h"
#include "worker/recorder.h"
#include "worker/run_clock.h"
#include "worker/schedule.h"

namespace invocator {

struct EngineOptions {
  PacerOptions pacer;
  // How long before an instant sleeping ends and spinning begins. A sleeping
  // thread is woken tens of microseconds late; a spinning one is not.
  int64_t spin_ns = 60'000;
  // How long what is queued or in flight is waited for after the last instant.
  int64_t drain_ns = 60'000'000'000;
  // Does not end before that instant: more may be added until then.
  int64_t stay_until_ns = 0;
  // The most that is waited for after the instant of a Leave.
  int64_t leave_drain_ns = 7'700'000'000;
};

struct EngineResult {
  bool schedule_exhausted = false;
  bool was_cut_short = false;  // by SetSendUntil's instant
  int64_t first_turn_ns = 0;   // since the run's start
  int64_t last_sent_ns = 0;
  int64_t ended_ns = 0;
  int64_t spun_ns = 0;  // looking at the clock, with nothing to do
  int64_t at_limit_ns = 0;
};

class Engine {
 public:
  Engine(const Plan& plan, const std::vector<Share>& shares,
         const EngineOptions& options, Invoker& invoker, Recorder& recorder);

  // Waits for the run's start, plays the shares, drains, and returns when
  // everything has ended or was aborted and recorded.
  EngineResult Run(const RunClock& clock);

  // Sends nothing more and waits for what is in flight: at most for the drain
  // time, or not at all if `now`. A second call may only hasten the first.
  void Stop(bool now);

  // From that instant on, since the run's start, nothing more is sent, as after
  // Stop, unless it is moved before it has come. It is looked at in the turn
  // that sends, so that an engine which was frozen does not send when it wakes.
  void SetSendUntil(int64_t until_ns) { send_until_ns_.store(until_ns); }

  // Leaving: what is scheduled before an instant is sent as ever, and nothing
  // that is scheduled then or later; having drained, Run returns. First
  // HoldFrom, which may move the instant later; then Leave, after which it
  // stands, and nothing more may be added. HoldFrom takes effect in the next
  // turn: an engine that has read the clock before may have sent what was due
  // by then.
  void HoldFrom(int64_t instant_ns);
  void Leave();

  // Adds to the schedule; false if the engine has ended.
  bool Add(std::vector<Schedule::Line> lines);

  uint32_t in_flight() const {
    return in_flight_.load(std::memory_order_relaxed);
  }

 private:
  enum StopLevel : int { kRunning, kStopping, kStoppingNow };

  void TakeAdded();
  // Everything up to where it leaves was taken.
  bool HasLeft() const {
    return leaves_ && pacer_.ExhaustedBefore(hold_from_turn_ns_);
  }
  // The schedule is exhausted and stays so.
  bool AllTaken(int64_t now_ns) const;
  bool NothingToSend(int64_t now_ns) const;
  // The next instant with work to do, unless an answer or a call comes first.
  int64_t NextNs(int64_t now_ns) const;
  // Returns what time it is then; the clock was read only if something was
  // sent.
  int64_t SendDue(const RunClock& clock, int64_t now_ns);
  // Sleeps or spins towards the next thing to do, `target_ns` at the latest.
  // Returns what time it is then.
  int64_t Wait(const RunClock& clock, int64_t now_ns, int64_t target_ns);
  // When waiting for queue and calls in flight ends.
  int64_t DrainEndNs(int64_t now_ns);
  void OnEnded(const Record& record);
  void FlushRecords();

  const EngineOptions options_;
  const int64_t horizon_ns_;  // nothing is scheduled after it
  Schedule schedule_;
  Pacer pacer_;
  Invoker& invoker_;
  Recorder& recorder_;
  EngineResult result_;
  int64_t last_scheduled_ns_ = 0;
  int64_t stopped_ns_ = Schedule::kNever;
  int64_t next_flush_ns_ = 0;
  std::atomic<int> stop_level_ = kRunning;
  std::atomic<int64_t> send_until_ns_ = Schedule::kNever;
  std::atomic<int64_t> hold_from_ns_ = Schedule::kNever;
  std::atomic<bool> leave_ = false;
  // Both as of this turn.
  int64_t hold_from_turn_ns_ = Schedule::kNever;
  bool leaves_ = false;
  std::atomic<bool> any_added_ = false;
  std::mutex added_mutex_;  // guards what follows
  std::vector<Schedule::Line> added_;
  bool ended_ = false;
  std::atomic<uint32_t> in_flight_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_H_
