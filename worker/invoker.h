// An invoker sends invocations and tells how they ended. The engine does not
// know what is behind it: libcurl, or a test's fake.
//
// One owner thread calls everything but Wake, and gets every call back on it.
#ifndef INVOCATOR_WORKER_INVOKER_H_
#define INVOCATOR_WORKER_INVOKER_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "common/record.h"
#include "worker/pacer.h"
#include "worker/run_clock.h"

namespace invocator {

class Invoker {
 public:
  // Called once for each invocation sent, never from inside Send.
  using OnEnded = absl::FunctionRef<void(const Record&)>;

  virtual ~Invoker() = default;

  // Sends. The record's sent_ns is taken here, right before the invocation is
  // handed to the transport; connecting, where needed, is part of its service.
  virtual void Send(const DueInvocation& due, const RunClock& clock) = 0;

  // Moves what is in flight on: sleeps until something happens or the time is
  // over (0: does not sleep), then calls `on_ended` for what has ended.
  virtual void Poll(int64_t timeout_ns, const RunClock& clock,
                    OnEnded on_ended) = 0;

  // Ends everything in flight with Outcome::kAborted.
  virtual void AbortAll(const RunClock& clock, OnEnded on_ended) = 0;

  // Ends a Poll, now or to come. Safe from any thread.
  virtual void Wake() = 0;

  // Connections opened so far.
  virtual uint64_t connections() const = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_INVOKER_H_
