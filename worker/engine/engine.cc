#include "worker/engine/engine.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

namespace invocator {
namespace {

// Limit on sends per turn. Answers are handled between turns, so that a backlog
// cannot keep the engine from noticing ended calls.
constexpr int kSendsPerTurn = 16;

constexpr int64_t kFlushPeriodNs = 100'000'000;

int64_t HorizonNs(const Plan& plan) {
  return static_cast<int64_t>(std::ceil(plan.duration_s * 1e9));
}

int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? Schedule::kNever : sum;
}

}  // namespace

Engine::Engine(const Plan& plan, const std::vector<Share>& shares,
               const EngineOptions& options, Invoker& invoker,
               Recorder& recorder)
    : options_(options),
      horizon_ns_(HorizonNs(plan)),
      schedule_(plan, shares),
      pacer_(schedule_, plan.instances.size(), options.pacer),
      invoker_(invoker),
      recorder_(recorder) {}

EngineResult Engine::Run(const RunClock& clock) {
  int64_t now_ns = clock.NowNs();
  result_.gaps.Look();
  while (now_ns < 0 && stop_level_.load() == kRunning) {
    now_ns = Wait(clock, now_ns, 0);
  }
  result_.first_turn_ns = std::max<int64_t>(now_ns, 0);
  next_flush_ns_ = now_ns + kFlushPeriodNs;

  while (true) {
    if (now_ns >= send_until_ns_.load(std::memory_order_relaxed) &&
        stop_level_.load(std::memory_order_relaxed) == kRunning) {
      result_.was_cut_short = !AllTaken(now_ns);
      Stop(/*now=*/false);
    }
    // Read after the clock, whose instant hold_from_ns_ bounds, and before the
    // additions, of which none follow once leave_ is set.
    leaves_ = leave_.load(std::memory_order_acquire);
    hold_from_turn_ns_ = hold_from_ns_.load(std::memory_order_acquire);
    if (any_added_.load(std::memory_order_relaxed)) TakeAdded();
    const int stop_level = stop_level_.load(std::memory_order_relaxed);
    if (stop_level == kRunning) {
      now_ns = SendDue(clock, now_ns);
    } else if (stopped_ns_ == Schedule::kNever) {
      stopped_ns_ = now_ns;
    }
    in_flight_.store(pacer_.in_flight(), std::memory_order_relaxed);
    if (now_ns >= next_flush_ns_) {
      FlushRecords();
      result_.gaps.Look();
      flushed_until_ns_.store(now_ns, std::memory_order_release);
      next_flush_ns_ = now_ns + kFlushPeriodNs;
      now_ns = clock.NowNs();
    }

    if (NothingToSend(now_ns) && pacer_.in_flight() == 0) break;
    const int64_t drain_end_ns = DrainEndNs(now_ns);
    if (stop_level == kStoppingNow || now_ns >= drain_end_ns) break;

    const int64_t next_ns =
        stop_level == kRunning ? NextNs(now_ns) : Schedule::kNever;
    now_ns =
        Wait(clock, now_ns, std::min({next_ns, drain_end_ns, next_flush_ns_}));
  }

  {
    const std::lock_guard lock(added_mutex_);
    ended_ = true;
  }
  TakeAdded();  // late additions stay unsent, and show
  invoker_.AbortAll(clock, [this](const Record& r) { OnEnded(r); });
  FlushRecords();
  flushed_until_ns_.store(Schedule::kNever, std::memory_order_release);
  in_flight_.store(0, std::memory_order_relaxed);
  result_.schedule_exhausted = pacer_.exhausted() || HasLeft();
  result_.ended_ns = clock.NowNs();
  result_.at_limit_ns = pacer_.AtLimitNs(result_.ended_ns);
  return result_;
}

void Engine::Stop(bool now) {
  const int level = now ? kStoppingNow : kStopping;
  int seen = stop_level_.load();
  while (seen < level && !stop_level_.compare_exchange_weak(seen, level)) {
  }
  invoker_.Wake();
}

void Engine::HoldFrom(int64_t instant_ns, int64_t drain_end_ns) {
  hold_drain_end_ns_.store(drain_end_ns);
  hold_from_ns_.store(instant_ns);
  invoker_.Wake();
}

void Engine::Leave() {
  leave_.store(true, std::memory_order_release);
  invoker_.Wake();
}

bool Engine::Add(std::vector<Schedule::Line> lines) {
  {
    const std::lock_guard lock(added_mutex_);
    if (ended_) return false;
    std::move(lines.begin(), lines.end(), std::back_inserter(added_));
    any_added_.store(true, std::memory_order_relaxed);
  }
  invoker_.Wake();
  return true;
}

void Engine::TakeAdded() {
  const std::lock_guard lock(added_mutex_);
  any_added_.store(false, std::memory_order_relaxed);
  schedule_.Add(std::exchange(added_, {}));
}

bool Engine::AllTaken(int64_t now_ns) const {
  return HasLeft() || (pacer_.exhausted() && now_ns >= options_.stay_until_ns);
}

int64_t Engine::NextNs(int64_t now_ns) const {
  // Nothing is left: the engine waits for the end of the time for more.
  if (pacer_.exhausted() && now_ns < options_.stay_until_ns) {
    return options_.stay_until_ns;
  }
  const int64_t next_ns = pacer_.NextDueNs();
  return next_ns < hold_from_turn_ns_ ? next_ns : Schedule::kNever;
}

bool Engine::NothingToSend(int64_t now_ns) const {
  return stop_level_.load(std::memory_order_relaxed) != kRunning ||
         AllTaken(now_ns);
}

int64_t Engine::SendDue(const RunClock& clock, int64_t now_ns) {
  for (int i = 0; i < kSendsPerTurn; ++i) {
    const std::optional<DueInvocation> due =
        pacer_.TakeDue(now_ns, hold_from_turn_ns_);
    if (!due) return i == 0 ? now_ns : clock.NowNs();
    last_scheduled_ns_ = std::max(last_scheduled_ns_, due->scheduled_ns);
    invoker_.Send(*due, clock);
  }
  return clock.NowNs();
}

int64_t Engine::Wait(const RunClock& clock, int64_t now_ns, int64_t target_ns) {
  const bool spin = target_ns - now_ns <= options_.spin_ns;
  bool any_ended = false;
  // Spinning still looks at the sockets each time round: an answer that comes
  // while we spin is stamped when it comes.
  const int64_t after_ns =
      invoker_.Poll(now_ns, spin ? now_ns : target_ns - options_.spin_ns, clock,
                    [&](const Record& record) {
                      any_ended = true;
                      OnEnded(record);
                    });
  if (spin && target_ns > now_ns && !any_ended) {
    const int64_t turn_ns = after_ns - now_ns;
    result_.spun_ns += turn_ns;
    if (turn_ns >= CoreGaps::kLeastNs && invoker_.idle()) [[unlikely]] {
      result_.gaps.Add(turn_ns);
    }
  }
  return after_ns;
}

int64_t Engine::DrainEndNs(int64_t now_ns) {
  // The last instant is known once it was taken; until then it is before the
  // horizon.
  const int64_t last_ns =
      AllTaken(now_ns) ? std::min(last_scheduled_ns_, now_ns) : horizon_ns_;
  // A stop in the drain does not make it longer.
  return std::min(
      SaturatingAdd(std::min({last_ns, stopped_ns_, hold_from_turn_ns_}),
                    options_.drain_ns),
      hold_drain_end_ns_.load(std::memory_order_relaxed));
}

void Engine::OnEnded(const Record& record) {
  pacer_.Ended(record.instance, record.done_ns);
  result_.last_sent_ns = std::max(result_.last_sent_ns, record.sent_ns);
  recorder_.Add(record);
}

void Engine::FlushRecords() {
  pacer_.TakeDropped(
      [this](const DroppedCall& call) { recorder_.AddDropped(call); });
  recorder_.AddFailures(invoker_.TakeFailures());
  recorder_.Flush();
}

}  // namespace invocator
