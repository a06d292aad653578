// Limits a worker's wait for its coordinator's next step. Pure: the caller
// passes steady-clock time.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_AGENT_PATIENCE_H_
#define INVOCATOR_WORKER_AGENT_PATIENCE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace invocator {

class Patience {
 public:
  // Gives the coordinator `length` from now for the step `what` ("to start"),
  // which must outlive this. `length` may be infinite.
  void Await(absl::string_view what, absl::Duration length, int64_t now_ns);
  // Ends the wait.
  void Rest();
  bool awaits_anything() const { return !what_.empty(); }
  // Limits the current and later waits to `length` from now. `what` names the
  // missing step if none is awaited.
  void Limit(absl::string_view what, absl::Duration length, int64_t now_ns);

  int64_t deadline_ns() const { return deadline_ns_; }
  bool IsOver(int64_t now_ns) const { return now_ns >= deadline_ns_; }
  // DEADLINE_EXCEEDED, naming the missing step.
  absl::Status Error() const;

 private:
  absl::string_view what_;  // empty: no wait
  absl::string_view last_what_;
  int64_t deadline_ns_ = INT64_MAX;
  int64_t last_ns_ = INT64_MAX;  // no deadline is later
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_PATIENCE_H_
