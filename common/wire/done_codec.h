// Codec for a worker's last report.
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

// INVALID_ARGUMENT if no run that began `run_ns` ago can have produced this.
absl::StatusOr<WorkerDone> FromWire(const wire::Done& message, int64_t run_ns);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_DONE_CODEC_H_
