// Limits and versions of the fleet protocol (proto/fleet.proto).
#ifndef INVOCATOR_COMMON_WIRE_PROTOCOL_H_
#define INVOCATOR_COMMON_WIRE_PROTOCOL_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace invocator {

// Change it with any change of meaning in proto/*.proto.
inline constexpr uint32_t kProtocolVersion = 8;

// Largest message a coordinator accepts: it may have many workers, and one may
// be hostile. Chunks and batches are cut to stay far below.
inline constexpr int kMaxMessageBytes = 16 * 1024 * 1024;
// Largest message a worker accepts: an Assignment holds the whole plan, with
// its lists of gaps. Room for 32 lists of kMaxGaps. At 40 Mbit/s it arrives
// before the coordinator gives up a worker that takes nothing.
inline constexpr int kMaxAssignmentBytes = 256 * 1024 * 1024;
inline constexpr size_t kPayloadChunkBytes = size_t{1024} * 1024;
inline constexpr int kRecordsPerBatch = 1024;
// Size at which a Progress is closed; the rest goes into the next one.
inline constexpr size_t kProgressBytes = size_t{1024} * 1024;

// Limits on the texts of a FailureSample.
inline constexpr size_t kMaxFailureBodyBytes = 4096;
inline constexpr size_t kMaxPairBodyBytes = 512;  // if not a reason's first
inline constexpr size_t kMaxCanonicalBytes = 8192;
inline constexpr size_t kMaxErrorTypeBytes = 48;
inline constexpr size_t kMaxFailureDetailBytes = 200;
// No clock is that wrong.
inline constexpr int64_t kMaxDateAheadS = int64_t{200} * 366 * 24 * 3600;

inline constexpr absl::Duration kHelloDeadline = absl::Seconds(10);
inline constexpr absl::Duration kProgressPeriod = absl::Seconds(1);
// A worker that reports nothing for this long gets no more leases.
inline constexpr absl::Duration kReportSilence = absl::Seconds(10);

// Engines are woken this long before the start, which can no longer be moved
// then.
inline constexpr absl::Duration kEngineLead = absl::Milliseconds(50);

// Leases (proto/fleet.proto). Long enough that a worker, coordinator or link
// that stalls for 3 s loses nothing; short enough that a worker whose
// coordinator is gone stops well within 10 s.
inline constexpr absl::Duration kPingPeriod = absl::Seconds(1);
inline constexpr absl::Duration kLease = absl::Seconds(6);
// After this long without a message, a coordinator grants no more leases, and a
// worker treats the stream as broken.
inline constexpr absl::Duration kSilence = absl::Seconds(3);
// Time after its lease in which a worker may return with its reports.
inline constexpr absl::Duration kReturnPatience = absl::Seconds(8);
// Longest wait for Done after a Stop, from the drain's end or the worker's last
// results, whichever is later.
inline constexpr absl::Duration kDonePatience = absl::Seconds(5);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_PROTOCOL_H_
