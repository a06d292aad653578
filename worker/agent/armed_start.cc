#include "worker/agent/armed_start.h"

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/wire/protocol.h"

namespace invocator {

absl::StatusOr<wire::WorkerMessage> ArmedStart::Take(const wire::Start& start,
                                                     int64_t now_ns,
                                                     bool begun) {
  int64_t late_ns = 0;
  if (__builtin_sub_overflow(now_ns, start.steady_ns(), &late_ns)) {
    return absl::InvalidArgumentError("a start that is no instant");
  }
  wire::WorkerMessage message;
  if (late_ns > 0 || begun) {
    if (!begun) at_ns_.reset();
    wire::StartMissed& missed = *message.mutable_start_missed();
    missed.set_steady_ns(start.steady_ns());
    missed.set_late_ns(late_ns);
    missed.set_begun(begun);
  } else {
    at_ns_ = start.steady_ns();
    was_armed_ = true;
    message.mutable_start_armed()->set_steady_ns(start.steady_ns());
  }
  return message;
}

int64_t ArmedStart::BeginNs() const {
  return at_ns_ ? *at_ns_ - absl::ToInt64Nanoseconds(kEngineLead) : INT64_MAX;
}

}  // namespace invocator
