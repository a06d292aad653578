// An invoker sends invocations and tells how they ended. The engine does not
// know what is behind it: HTTP/1.1 driven directly, libcurl's multi interface,
// or a test's fake.
//
// One owner thread calls everything but Wake, and gets every call back on it.
#ifndef INVOCATOR_WORKER_ENGINE_INVOKER_H_
#define INVOCATOR_WORKER_ENGINE_INVOKER_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/result/failure_sample.h"
#include "common/result/record.h"
#include "worker/engine/pacer.h"
#include "worker/engine/run_clock.h"

namespace invocator {

// What became of connections, counted since the invoker was made.
struct ConnectionCounts {
  uint64_t opened = 0;
  uint64_t reused = 0;          // invocations that went over one used before
  uint64_t failed = 0;          // could not be opened, or not in time
  uint64_t closed_by_peer = 0;  // while idle, amid a call, or as announced
};

class Invoker {
 public:
  // Called once for each invocation sent, never from inside Send.
  using OnEnded = absl::FunctionRef<void(const Record&)>;

  // How often Warm asks whether to give up.
  static constexpr int64_t kGiveUpPeriodNs = 100'000'000;

  virtual ~Invoker() = default;

  // Sends. The record's sent_ns is taken here, right before the invocation is
  // handed to the transport; connecting, where needed, is part of its service.
  virtual void Send(const DueInvocation& due, const RunClock& clock) = 0;

  // Moves what is in flight on: sleeps until something happens or the clock
  // reads `until_ns` (does not sleep where `now_ns`, what it has just read, is
  // that already), then calls `on_ended` for what has ended. Returns what the
  // clock read after that.
  // REQUIRES: until_ns - now_ns is no overflow
  virtual int64_t Poll(int64_t now_ns, int64_t until_ns, const RunClock& clock,
                       OnEnded on_ended) = 0;

  // Ends everything in flight with Outcome::kAborted.
  virtual void AbortAll(const RunClock& clock, OnEnded on_ended) = 0;

  // Ends a Poll, now or to come. Safe from any thread.
  virtual void Wake() = 0;

  // Opens `count` connections to every host of the plan before the start; no
  // invocation is sent. Takes at most `timeout_ns`; hosts that cannot be
  // reached are named in the error (UNAVAILABLE), and can still be sent to.
  // Ends early (CANCELLED) when `give_up` says so.
  virtual absl::Status Warm(uint32_t count, const SteadyClock& clock,
                            int64_t timeout_ns,
                            const std::function<bool()>& give_up) = 0;

  virtual ConnectionCounts connections() const = 0;

  // The answers that were the first of their kind, since the last time.
  virtual std::vector<FailureSample> TakeFailures() { return {}; }
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_INVOKER_H_
