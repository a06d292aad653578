// Ends calls: judges their answers, completes their records, keeps samples of
// failures, and delivers the records.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to one
// engine. Owns the calls in flight and their timeouts; borrows the wall clock.
#ifndef INVOCATOR_WORKER_TRANSPORT_CALL_CLOSER_H_
#define INVOCATOR_WORKER_TRANSPORT_CALL_CLOSER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/base/clock.h"
#include "worker/engine/invoker.h"
#include "worker/exchange/failure_samples.h"
#include "worker/net/transport_failure.h"
#include "worker/protocol/exchange_facts.h"
#include "worker/transport/call_table.h"
#include "worker/transport/timeout_queues.h"

namespace invocator {

class CallCloser {
 public:
  using OnEnded = Invoker::OnEnded;

  explicit CallCloser(const WallClock& wall) : wall_(wall) {}

  CallTable& calls() { return calls_; }
  TimeoutQueues& timeouts() { return timeouts_; }
  std::vector<FailureSample> TakeFailures() { return failures_.Take(); }

  // Each ends the call. The caller deals with its connection and with its place
  // in a queue. `facts`: of its exchange; null if it has begun none.
  //
  // A whole answer has come.
  void Answered(Call& call, const ExchangeFacts& facts, int64_t now_ns,
                OnEnded on_ended);
  // The transport failed it, or its time is over.
  void Failed(Call& call, const ExchangeFacts* facts,
              const TransportFailure& failure, int64_t now_ns,
              OnEnded on_ended);
  void Aborted(Call& call, const ExchangeFacts* facts, int64_t now_ns,
               OnEnded on_ended);

 private:
  void Sample(const Call& call, const ExchangeFacts* facts,
              absl::string_view detail);
  void End(Call& call, const ExchangeFacts* facts, Outcome outcome,
           int64_t now_ns, OnEnded on_ended);

  const WallClock& wall_;
  TimeoutQueues timeouts_;
  CallTable calls_;
  FailureSamples failures_;
};

class ConnectLine;
class ConnectionPool;

// The parts of the direct transport that calls of either protocol share.
// Borrows them from the invoker.
struct CallParts {
  const WallClock& wall;
  CallCloser& closer;
  ConnectionPool& pool;
  ConnectLine& line;
  ConnectionCounts& counts;
  absl::Span<char> buffer;  // scratch space within one call
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CALL_CLOSER_H_
