// Limits and versions of the fleet protocol (proto/fleet.proto).
#ifndef INVOCATOR_COMMON_PROTOCOL_H_
#define INVOCATOR_COMMON_PROTOCOL_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace invocator {

// Change it with any change of meaning in proto/*.proto.
inline constexpr uint32_t kProtocolVersion = 1;

// No message is larger; chunks and batches are cut to stay far below.
inline constexpr int kMaxMessageBytes = 16 * 1024 * 1024;
inline constexpr size_t kPayloadChunkBytes = 1024 * 1024;
inline constexpr int kRecordsPerBatch = 4096;
// A Progress is closed when it has grown to this; what is left goes into the
// next one.
inline constexpr size_t kProgressBytes = 1024 * 1024;

inline constexpr absl::Duration kHelloDeadline = absl::Seconds(10);
inline constexpr absl::Duration kProgressPeriod = absl::Seconds(1);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROTOCOL_H_
