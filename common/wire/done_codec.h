// A worker's last report to and from the wire.
#ifndef INVOCATOR_COMMON_WIRE_DONE_CODEC_H_
#define INVOCATOR_COMMON_WIRE_DONE_CODEC_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/result/worker_done.h"

namespace invocator {

namespace wire {
class Done;
}

wire::Done ToWire(const WorkerDone& done);

// INVALID_ARGUMENT if this cannot have come of a run that began `run_ns` ago.
absl::StatusOr<WorkerDone> FromWire(const wire::Done& message, int64_t run_ns);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_DONE_CODEC_H_
