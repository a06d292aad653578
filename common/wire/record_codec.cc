#include "common/wire/record_codec.h"

#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("record batch: ", what));
}

bool InRange(int64_t ns) { return ns >= -kMaxRecordNs && ns <= kMaxRecordNs; }

absl::Status CheckShape(const wire::RecordBatch& batch, size_t instances) {
  const int rows = batch.instance_size();
  for (int column :
       {batch.sequence_delta_size(), batch.scheduled_delta_ns_size(),
        batch.lateness_ns_size(), batch.first_byte_after_ns_size(),
        batch.done_after_ns_size(), batch.outcome_size(), batch.status_size(),
        batch.bytes_sent_size(), batch.bytes_received_size(),
        static_cast<int>(batch.new_connection().size()),
        batch.request_id_bytes_size()}) {
    if (column != rows) {
      return Malformed(absl::StrCat(
          "a column has ", Counted(static_cast<uint64_t>(column), "row"),
          ", expected ", rows));
    }
  }
  for (int column : {static_cast<int>(batch.warmth().size()),
                     batch.billed_ms_and_1_size()}) {
    if (column != 0 && column != rows) {
      return Malformed(absl::StrCat(
          "a column has ", Counted(static_cast<uint64_t>(column), "row"),
          ", expected none or ", rows));
    }
  }
  for (char warmth : batch.warmth()) {
    if (static_cast<unsigned char>(warmth) >= kWarmths) {
      return Malformed(absl::StrCat("warmth ", int{warmth}));
    }
  }
  for (uint64_t billed_ms_and_1 : batch.billed_ms_and_1()) {
    if (billed_ms_and_1 > kMaxBilledMs + 1) {
      return Malformed(absl::StrCat("billed for ", billed_ms_and_1, " ms"));
    }
  }
  uint64_t id_bytes = 0;
  int64_t scheduled_ns = 0;
  for (int row = 0; row < rows; ++row) {
    if (batch.instance(row) >= instances) {
      return Malformed(
          absl::StrCat("instance ", batch.instance(row), " of ", instances));
    }
    if (batch.outcome(row) >= kOutcomes) {
      return Malformed(absl::StrCat("outcome ", batch.outcome(row)));
    }
    if (batch.status(row) > 999) {
      return Malformed(absl::StrCat("status ", batch.status(row)));
    }
    if (batch.request_id_bytes(row) > RequestId::kMaxBytes) {
      return Malformed("a request id is too long");
    }
    id_bytes += batch.request_id_bytes(row);
    // The sum stays in range, so adding a delta in range cannot overflow.
    if (!InRange(batch.scheduled_delta_ns(row)) ||
        !InRange(scheduled_ns += batch.scheduled_delta_ns(row))) {
      return Malformed("an instant is out of range");
    }
    if (!InRange(batch.lateness_ns(row)) ||
        !InRange(batch.first_byte_after_ns(row)) ||
        !InRange(batch.done_after_ns(row)) ||
        batch.first_byte_after_ns(row) < Record::kNever ||
        batch.done_after_ns(row) < 0) {
      return Malformed("a duration is out of range");
    }
  }
  if (id_bytes != batch.request_ids().size()) {
    return Malformed("request ids do not fill their bytes");
  }
  return absl::OkStatus();
}

// Appends one value for each record to a column.
template <typename Value, typename ValueOf>
void Append(absl::Span<const Record> records,
            google::protobuf::RepeatedField<Value>& column, ValueOf value_of) {
  column.Reserve(column.size() + static_cast<int>(records.size()));
  for (const Record& record : records) {
    column.AddAlreadyReserved(value_of(record));
  }
}

}  // namespace

void RecordEncoder::Add(absl::Span<const Record> records) {
  AddWarmth(records);
  AddBilled(records);
  Append(records, *batch_.mutable_instance(),
         [](const Record& record) { return record.instance; });
  Append(
      records, *batch_.mutable_sequence_delta(), [this](const Record& record) {
        return static_cast<int64_t>(record.sequence -
                                    std::exchange(sequence_, record.sequence));
      });
  Append(records, *batch_.mutable_scheduled_delta_ns(),
         [this](const Record& record) {
           return record.scheduled_ns -
                  std::exchange(scheduled_ns_, record.scheduled_ns);
         });
  Append(records, *batch_.mutable_lateness_ns(),
         [](const Record& record) { return record.LatenessNs(); });
  Append(records, *batch_.mutable_first_byte_after_ns(),
         [](const Record& record) {
           return record.first_byte_ns == Record::kNever
                      ? Record::kNever
                      : record.first_byte_ns - record.sent_ns;
         });
  Append(records, *batch_.mutable_done_after_ns(),
         [](const Record& record) { return record.ServiceNs(); });
  Append(records, *batch_.mutable_outcome(), [](const Record& record) {
    return static_cast<uint32_t>(record.outcome);
  });
  Append(records, *batch_.mutable_status(),
         [](const Record& record) { return uint32_t{record.status}; });
  Append(records, *batch_.mutable_bytes_sent(),
         [](const Record& record) { return record.bytes_sent; });
  Append(records, *batch_.mutable_bytes_received(),
         [](const Record& record) { return record.bytes_received; });
  Append(records, *batch_.mutable_request_id_bytes(), [](const Record& record) {
    return static_cast<uint32_t>(record.request_id.view().size());
  });
  std::string& new_connection = *batch_.mutable_new_connection();
  std::string& request_ids = *batch_.mutable_request_ids();
  for (const Record& record : records) {
    new_connection.push_back(record.new_connection ? 1 : 0);
    const absl::string_view id = record.request_id.view();
    if (!id.empty()) request_ids.append(id.data(), id.size());
  }
}

void RecordEncoder::AddWarmth(absl::Span<const Record> records) {
  const auto is_known = [](const Record& record) {
    return record.warmth != Warmth::kUnknown;
  };
  if (batch_.warmth().empty() && absl::c_none_of(records, is_known)) return;
  std::string& column = *batch_.mutable_warmth();
  column.resize(static_cast<size_t>(batch_.instance_size()), '\0');
  for (const Record& record : records) {
    column.push_back(static_cast<char>(record.warmth));
  }
}

void RecordEncoder::AddBilled(absl::Span<const Record> records) {
  const auto is_known = [](const Record& record) {
    return record.billed_ms != Record::kUnknown;
  };
  if (batch_.billed_ms_and_1().empty() && absl::c_none_of(records, is_known)) {
    return;
  }
  auto& column = *batch_.mutable_billed_ms_and_1();
  column.Resize(batch_.instance_size(), 0);
  Append(records, column, [](const Record& record) {
    return static_cast<uint64_t>(record.billed_ms + 1);
  });
}

absl::Status DecodeRecords(const wire::RecordBatch& batch, size_t instances,
                           const std::function<void(const Record&)>& sink) {
  if (absl::Status status = CheckShape(batch, instances); !status.ok()) {
    return status;
  }
  Record record;
  size_t id_offset = 0;
  const absl::string_view ids = batch.request_ids();
  for (int row = 0; row < batch.instance_size(); ++row) {
    record.instance = batch.instance(row);
    record.sequence += static_cast<uint64_t>(batch.sequence_delta(row));
    record.scheduled_ns += batch.scheduled_delta_ns(row);
    record.sent_ns = record.scheduled_ns + batch.lateness_ns(row);
    const int64_t first_byte = batch.first_byte_after_ns(row);
    record.first_byte_ns = first_byte == Record::kNever
                               ? Record::kNever
                               : record.sent_ns + first_byte;
    record.done_ns = record.sent_ns + batch.done_after_ns(row);
    record.outcome = static_cast<Outcome>(batch.outcome(row));
    record.status = static_cast<uint16_t>(batch.status(row));
    record.bytes_sent = batch.bytes_sent(row);
    record.bytes_received = batch.bytes_received(row);
    record.new_connection =
        batch.new_connection()[static_cast<size_t>(row)] != 0;
    record.request_id.Set(ids.substr(id_offset, batch.request_id_bytes(row)));
    id_offset += batch.request_id_bytes(row);
    if (!batch.warmth().empty()) {
      record.warmth =
          static_cast<Warmth>(batch.warmth()[static_cast<size_t>(row)]);
    }
    if (!batch.billed_ms_and_1().empty()) {
      record.billed_ms = static_cast<int64_t>(batch.billed_ms_and_1(row)) - 1;
    }
    sink(record);
  }
  return absl::OkStatus();
}

}  // namespace invocator
