// Plays one engine's shares of the plan: sends calls when they are due, sleeps
// until shortly before the next one, then spins. Never skips a call silently
// and never moves the schedule: a late call is sent at once, and its lateness
// shows.
//
// Run belongs to one thread, which owns engine and invoker; the other methods
// are thread-safe. Borrows invoker and recorder.
#ifndef INVOCATOR_WORKER_ENGINE_ENGINE_H_
#define INVOCATOR_WORKER_ENGINE_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "worker/engine/core_gaps.h"
#include "worker/engine/invoker.h"
#include "worker/engine/pacer.h"
#include "worker/engine/run_clock.h"
#include "worker/engine/schedule.h"
#include "worker/recording/recorder.h"

namespace invocator {

struct EngineOptions {
  PacerOptions pacer;
  // Spinning begins this long before an instant: a sleeping thread wakes tens
  // of microseconds late, a spinning one does not.
  int64_t spin_ns = 60'000;
  // Longest wait for queued calls and calls in flight after the last instant.
  int64_t drain_ns = 60'000'000'000;
  // Earliest end: calls may be added until then.
  int64_t stay_until_ns = 0;
};

struct EngineResult {
  bool schedule_exhausted = false;
  bool was_cut_short = false;  // by SetSendUntil's instant
  int64_t first_turn_ns = 0;   // since the run's start
  int64_t last_sent_ns = 0;
  int64_t ended_ns = 0;
  int64_t spun_ns = 0;  // looking at the clock, with nothing to do
  CoreGaps gaps;        // meanwhile
  int64_t at_limit_ns = 0;
};

class Engine {
 public:
  Engine(const Plan& plan, const std::vector<Share>& shares,
         const EngineOptions& options, Invoker& invoker, Recorder& recorder);

  // Waits for the run's start, plays the shares, drains, and returns when
  // everything has ended or was aborted and recorded.
  EngineResult Run(const RunClock& clock);

  // Sends nothing more and waits for calls in flight: at most for the drain
  // time, or not at all if `now`. A second call may only hasten the first.
  void Stop(bool now);

  // Stops sending at `until_ns` since the run's start, as Stop does. The
  // instant can be moved until it has come. Checked in the turn that sends, so
  // that an engine that was frozen sends nothing when it wakes.
  void SetSendUntil(int64_t until_ns) { send_until_ns_.store(until_ns); }

  // Ending early: the engine sends the calls scheduled before an instant and no
  // later ones, drains, and Run returns. HoldFrom sets the instant, and that of
  // the drain's end if it is earlier than the usual one; another call may move
  // both. Leave makes the instant final and ends additions. HoldFrom takes
  // effect in the next turn: calls due in the current one may have been sent.
  void HoldFrom(int64_t instant_ns, int64_t drain_end_ns = Schedule::kNever);
  void Leave();

  // Adds to the schedule; false if the engine has ended.
  bool Add(std::vector<Schedule::Line> lines);

  // The recorder has handed over every call that ended before this instant of
  // the run. Schedule::kNever once the engine has ended.
  int64_t flushed_until_ns() const {
    return flushed_until_ns_.load(std::memory_order_acquire);
  }
  uint32_t in_flight() const {
    return in_flight_.load(std::memory_order_relaxed);
  }

 private:
  enum StopLevel : int { kRunning, kStopping, kStoppingNow };

  void TakeAdded();
  // True if the engine leaves and has taken every call before the instant.
  bool HasLeft() const {
    return leaves_ && pacer_.ExhaustedBefore(hold_from_turn_ns_);
  }
  // The schedule is exhausted and stays so.
  bool AllTaken(int64_t now_ns) const;
  bool NothingToSend(int64_t now_ns) const;
  // The next instant with work to do, unless an answer or a call comes first.
  int64_t NextNs(int64_t now_ns) const;
  // Returns the current time; reads the clock only if something was sent.
  int64_t SendDue(const RunClock& clock, int64_t now_ns);
  // Sleeps or spins towards the next work, until `target_ns` at the latest.
  // Returns the time after that.
  int64_t Wait(const RunClock& clock, int64_t now_ns, int64_t target_ns);
  // End of the wait for queued calls and calls in flight.
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
  std::atomic<int64_t> hold_drain_end_ns_ = Schedule::kNever;
  std::atomic<bool> leave_ = false;
  // Both as of this turn.
  int64_t hold_from_turn_ns_ = Schedule::kNever;
  bool leaves_ = false;
  std::atomic<bool> any_added_ = false;
  std::mutex added_mutex_;  // guards the members below
  std::vector<Schedule::Line> added_;
  bool ended_ = false;
  std::atomic<uint32_t> in_flight_ = 0;
  std::atomic<int64_t> flushed_until_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_ENGINE_H_
