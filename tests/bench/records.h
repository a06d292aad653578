// Records for benchmarks.
#ifndef INVOCATOR_TESTS_BENCH_RECORDS_H_
#define INVOCATOR_TESTS_BENCH_RECORDS_H_

#include <cstdint>

#include "common/arrivals/rng.h"
#include "common/result/record.h"

namespace invocator {

// Of an instance of 1,000/s, answered as AWS does.
inline Record RecordAt(uint64_t sequence, StreamRng& rng) {
  Record record;
  record.sequence = sequence;
  record.scheduled_ns = static_cast<int64_t>(sequence) * 1'000'000;
  record.sent_ns =
      record.scheduled_ns + static_cast<int64_t>(30'000 * rng.Uniform());
  record.first_byte_ns =
      record.sent_ns + static_cast<int64_t>(5e6 + 40e6 * rng.Uniform());
  record.done_ns = record.first_byte_ns + 20'000;
  record.status = 200;
  record.bytes_sent = 612;
  record.bytes_received = 389;
  record.request_id.Set("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
  return record;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_BENCH_RECORDS_H_
