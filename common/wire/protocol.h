// Limits and versions of the fleet protocol (proto/fleet.proto).
#ifndef INVOCATOR_COMMON_WIRE_PROTOCOL_H_
#define INVOCATOR_COMMON_WIRE_PROTOCOL_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace invocator {

// Change it with any change of meaning in proto/*.proto.
inline constexpr uint32_t kProtocolVersion = 5;

// What a coordinator takes from a worker, of which there may be many and one
// may be hostile. Chunks and batches are cut to stay far below.
inline constexpr int kMaxMessageBytes = 16 * 1024 * 1024;
// What a worker takes from its coordinator: an Assignment holds the whole plan,
// with its lists of gaps. 32 lists of the most gaps there may be; at 40 Mbit/s
// it has arrived before a worker that takes nothing is given up.
inline constexpr int kMaxAssignmentBytes = 256 * 1024 * 1024;
inline constexpr size_t kPayloadChunkBytes = size_t{1024} * 1024;
inline constexpr int kRecordsPerBatch = 1024;
// A Progress is closed when it has grown to this; what is left goes into the
// next one.
inline constexpr size_t kProgressBytes = size_t{1024} * 1024;

// Of a FailureSample.
inline constexpr size_t kMaxFailureBodyBytes = 4096;
inline constexpr size_t kMaxPairBodyBytes = 512;  // of no reason's first
inline constexpr size_t kMaxCanonicalBytes = 8192;
inline constexpr size_t kMaxErrorTypeBytes = 48;
inline constexpr size_t kMaxFailureDetailBytes = 200;
// No clock is that wrong.
inline constexpr int64_t kMaxDateAheadS = int64_t{200} * 366 * 24 * 3600;

inline constexpr absl::Duration kHelloDeadline = absl::Seconds(10);
inline constexpr absl::Duration kProgressPeriod = absl::Seconds(1);
// A worker that reports nothing for so long gets no more leases.
inline constexpr absl::Duration kReportSilence = absl::Seconds(10);

// How long before the start engines are woken; a start that has come so near
// can no longer be moved.
inline constexpr absl::Duration kEngineLead = absl::Milliseconds(50);

// Leases (proto/fleet.proto). Long enough for a worker, a coordinator or a link
// that stands still for 3 s to lose nothing; short enough for a worker whose
// coordinator is gone to have stopped well within 10 s.
inline constexpr absl::Duration kPingPeriod = absl::Seconds(1);
inline constexpr absl::Duration kLease = absl::Seconds(6);
// Nothing heard for so long: no more leases; on a worker: the stream is broken.
inline constexpr absl::Duration kSilence = absl::Seconds(3);
// How long after its lease a worker may come back and bring what it has.
inline constexpr absl::Duration kReturnPatience = absl::Seconds(8);
// Longest wait for Done after a Stop, from the drain's end or the worker's last
// results, whichever is later.
inline constexpr absl::Duration kDonePatience = absl::Seconds(5);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_PROTOCOL_H_
