// Record of one invocation that was sent and has ended. A plain value without
// allocations, so that the send path can make one.
#ifndef INVOCATOR_COMMON_RESULT_RECORD_H_
#define INVOCATOR_COMMON_RESULT_RECORD_H_

#include <cstdint>

#include "common/result/outcome.h"
#include "common/result/reason.h"
#include "common/result/warmth.h"
#include "common/words/short_text.h"

namespace invocator {

// The server's request id, cut at 40 bytes (AWS's are UUIDs
// of 36, HTTP APIs' of 16).
using RequestId = ShortText<40>;

// Above anything that Lambda bills for one invocation.
inline constexpr uint64_t kMaxBilledMs = 3'600'000;
inline constexpr uint64_t kMaxMemoryMb = 1 << 20;

// Instants are nanoseconds since the run's start.
struct Record {
  static constexpr int64_t kNever = -1;
  static constexpr int64_t kUnknown = -1;

  uint32_t instance = 0;  // index into Plan::instances
  Outcome outcome = Outcome::kOk;
  Reason reason = Reason::kNone;
  Warmth warmth = Warmth::kUnknown;
  bool new_connection = false;
  uint16_t status = 0;  // HTTP status; 0 if none came
  uint64_t sequence = 0;
  int64_t scheduled_ns = 0;
  int64_t sent_ns = 0;
  int64_t first_byte_ns = kNever;
  int64_t done_ns = 0;
  // In a blocking plan: the delay caused by the instance's previous call.
  int64_t blocked_ns = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  // Billed duration and memory size, from Lambda; both are known, or neither.
  int64_t billed_ms = kUnknown;
  uint32_t memory_mb = 0;
  uint32_t memory_used_mb = 0;  // known if billed_ms is
  int64_t init_us = kUnknown;   // initialisation of a cold start
  RequestId request_id;

  int64_t LatenessNs() const { return sent_ns - scheduled_ns; }
  int64_t ServiceNs() const { return done_ns - sent_ns; }
  // REQUIRES: first_byte_ns is known
  int64_t FirstByteNs() const { return first_byte_ns - sent_ns; }
  int64_t ResponseNs() const { return done_ns - scheduled_ns; }
};

// An invocation dropped at the in-flight limit.
struct DroppedCall {
  uint32_t instance = 0;
  int64_t scheduled_ns = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_RECORD_H_
