// The start that a worker is armed for: answers each Start that it is told, and
// says when engines are to begin. Pure: time comes in, by the steady clock.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_ARMED_START_H_
#define INVOCATOR_WORKER_ARMED_START_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "proto/fleet.pb.h"

namespace invocator {

class ArmedStart {
 public:
  // The answer to a Start: it lies ahead, and replaces the one before; or it
  // was missed, and takes the one before back, unless engines have `begun` at
  // that. INVALID_ARGUMENT for one that is no instant.
  absl::StatusOr<wire::WorkerMessage> Take(const wire::Start& start,
                                           int64_t now_ns, bool begun);

  // The start, unless it was taken back.
  std::optional<int64_t> at_ns() const { return at_ns_; }
  // When engines are to begin: a moment before it; INT64_MAX without one.
  int64_t BeginNs() const;
  // It was armed once, whatever has become of that.
  bool was_armed() const { return was_armed_; }

 private:
  std::optional<int64_t> at_ns_;
  bool was_armed_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ARMED_START_H_
