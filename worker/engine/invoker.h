// Interface of transports, which send invocations and report how they ended.
// Implementations: DirectInvoker, and a fake in tests.
//
// One owner thread calls everything but Wake, and gets every callback.
#ifndef INVOCATOR_WORKER_ENGINE_INVOKER_H_
#define INVOCATOR_WORKER_ENGINE_INVOKER_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/io_mode.h"
#include "common/result/failure_sample.h"
#include "common/result/record.h"
#include "worker/engine/pacer.h"
#include "worker/engine/run_clock.h"

namespace invocator {

// Counts of connections since the invoker was made.
struct ConnectionCounts {
  uint64_t opened = 0;
  uint64_t reused = 0;          // invocations on a connection used before
  uint64_t failed = 0;          // could not be opened, or not in time
  uint64_t closed_by_peer = 0;  // while idle, amid a call, or as announced
};

class Invoker {
 public:
  // Called once for each invocation sent, never from inside Send.
  using OnEnded = absl::FunctionRef<void(const Record&)>;

  // Period at which Warm polls `give_up`.
  static constexpr int64_t kGiveUpPeriodNs = 100'000'000;

  virtual ~Invoker() = default;

  // Sends an invocation. Takes the record's sent_ns right before the transport
  // gets the invocation; service time includes connecting, if needed.
  virtual void Send(const DueInvocation& due, const RunClock& clock) = 0;

  // Advances the calls in flight: sleeps until an event or until the clock
  // reads `until_ns`, then calls `on_ended` for ended calls. Returns the
  // clock's reading after that. `now_ns`: the clock's latest reading; no sleep
  // if that is `until_ns` or later.
  // REQUIRES: until_ns - now_ns does not overflow
  virtual int64_t Poll(int64_t now_ns, int64_t until_ns, const RunClock& clock,
                       OnEnded on_ended) = 0;

  // True if the last Poll had nothing to do.
  virtual bool idle() const = 0;

  // Ends everything in flight with Outcome::kAborted, and closes all
  // connections.
  virtual void AbortAll(const RunClock& clock, OnEnded on_ended) = 0;

  // Ends the current Poll, or else the next. Safe from any thread.
  virtual void Wake() = 0;

  // Opens `count` connections to every host of the plan before the start; sends
  // no invocation. Takes at most `timeout_ns`. UNAVAILABLE names the hosts that
  // cannot be reached; they can still be sent to. CANCELLED once `give_up`
  // returns true.
  virtual absl::Status Warm(uint32_t count, const SteadyClock& clock,
                            int64_t timeout_ns,
                            const std::function<bool()>& give_up) = 0;

  virtual ConnectionCounts connections() const = 0;

  // The event loop that drives its sockets.
  virtual IoMode io() const { return IoMode::kEpoll; }

  // Samples of failed calls, each the earliest of its kind, since the last
  // call.
  virtual std::vector<FailureSample> TakeFailures() { return {}; }
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_INVOKER_H_
