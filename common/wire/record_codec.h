// Codec for records, in the columns of record.proto. Pure; thread-compatible.
#ifndef INVOCATOR_COMMON_WIRE_RECORD_CODEC_H_
#define INVOCATOR_COMMON_WIRE_RECORD_CODEC_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/result/record.h"
#include "proto/record.pb.h"

namespace invocator {

// Appends records to one batch, which must be empty at first and outlive it.
class RecordEncoder {
 public:
  explicit RecordEncoder(wire::RecordBatch& batch) : batch_(batch) {}

  // Column by column, which is quicker the more records there are.
  void Add(absl::Span<const Record> records);
  void Add(const Record& record) { Add({&record, 1}); }

 private:
  // Most runs know neither of them: these columns begin with the first records
  // of which any does.
  void AddWarmth(absl::Span<const Record> records);
  void AddBilled(absl::Span<const Record> records);

  wire::RecordBatch& batch_;
  uint64_t sequence_ = 0;
  int64_t scheduled_ns_ = 0;
};

// Limit on instants and durations, some 36 years: no run exceeds it, and
// differences between a record's instants cannot overflow.
inline constexpr int64_t kMaxRecordNs = int64_t{1} << 60;

// Calls `sink` with every record of a batch. INVALID_ARGUMENT, before the first
// call, when columns differ in length or a value is out of range; `instances`
// is the number of instances of the plan. Sequences are not checked: they wrap.
// Blocked times, reasons and memory sizes are not sent.
absl::Status DecodeRecords(const wire::RecordBatch& batch, size_t instances,
                           const std::function<void(const Record&)>& sink);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_RECORD_CODEC_H_
