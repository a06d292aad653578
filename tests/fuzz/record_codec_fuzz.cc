// Any bytes: refused before the first record, or records whose differences do
// not overflow and which survive the round trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "common/wire/record_codec.h"
#include "proto/fleet.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using invocator::Record;
  constexpr size_t kInstances = 3;
  invocator::wire::RecordBatch batch;
  if (!batch.ParseFromArray(data, static_cast<int>(size))) return 0;
  std::vector<Record> records;
  const absl::Status status = invocator::DecodeRecords(
      batch, kInstances, [&](const Record& r) { records.push_back(r); });
  if (!status.ok()) {
    if (!records.empty()) std::abort();
    return 0;
  }
  invocator::wire::RecordBatch again;
  invocator::RecordEncoder encoder(again);
  for (const Record& record : records) {
    if (record.instance >= kInstances) std::abort();
    if (record.ResponseNs() != record.LatenessNs() + record.ServiceNs()) {
      std::abort();
    }
    encoder.Add(record);
  }
  size_t row = 0;
  const absl::Status round_trip =
      invocator::DecodeRecords(again, kInstances, [&](const Record& record) {
        if (record.sequence != records[row].sequence ||
            record.done_ns != records[row].done_ns ||
            record.request_id.view() != records[row].request_id.view()) {
          std::abort();
        }
        ++row;
      });
  if (!round_trip.ok() || row != records.size()) std::abort();
  return 0;
}
