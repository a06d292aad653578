// Holds the start for which a worker is armed: answers each Start and gives the
// instant at which engines begin. Pure: the caller passes steady-clock time.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_AGENT_ARMED_START_H_
#define INVOCATOR_WORKER_AGENT_ARMED_START_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "proto/fleet.pb.h"

namespace invocator {

class ArmedStart {
 public:
  // The answer to a Start. A start in the future replaces the earlier one. One
  // in the past is missed and cancels the earlier one, unless engines have
  // `begun`. INVALID_ARGUMENT for a value that is not an instant.
  absl::StatusOr<wire::WorkerMessage> Take(const wire::Start& start,
                                           int64_t now_ns, bool begun);

  // The start, unless it was cancelled.
  std::optional<int64_t> at_ns() const { return at_ns_; }
  // Instant at which engines begin, shortly before the start; INT64_MAX without
  // one.
  int64_t BeginNs() const;
  // True if it was ever armed, even if the start was cancelled.
  bool was_armed() const { return was_armed_; }

 private:
  std::optional<int64_t> at_ns_;
  bool was_armed_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_ARMED_START_H_
