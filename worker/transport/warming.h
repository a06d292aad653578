// Opens connections before a run, through calls that wait for a connection and
// send nothing.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to one
// engine. Borrows the calls, the queue and the pool.
#ifndef INVOCATOR_WORKER_TRANSPORT_WARMING_H_
#define INVOCATOR_WORKER_TRANSPORT_WARMING_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "worker/net/transport_failure.h"
#include "worker/transport/call_table.h"
#include "worker/transport/connect_line.h"
#include "worker/transport/connection_pool.h"

namespace invocator {

class Warming {
 public:
  Warming(CallTable& calls, ConnectLine& line, ConnectionPool& pool)
      : calls_(calls), line_(line), pool_(pool) {}

  // Asks for `count` connections to that origin.
  void Begin(OriginPool& origin, uint32_t count, int64_t now_ns);
  // True while connections are being opened.
  bool any_left() const { return left_ > 0; }

  // Ends a warming call: its connection is open, or could not be opened.
  void OnOpened(Call& call);
  void OnFailed(Call& call, const TransportFailure& failure);

  // Gives up what is left; `why_late` returns the step that a call waits for.
  // UNAVAILABLE names every origin that failed.
  absl::Status End(
      absl::FunctionRef<TransportFailure(const Call& call)> why_late);

 private:
  CallTable& calls_;
  ConnectLine& line_;
  ConnectionPool& pool_;
  std::vector<Call*> asked_;  // also those that have ended
  size_t left_ = 0;
  std::set<std::string> failures_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_WARMING_H_
