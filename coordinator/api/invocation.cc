#include "coordinator/api/invocation.h"

#include "common/result/outcome.h"
#include "common/result/reason.h"
#include "common/result/warmth.h"
#include "common/words/foreign_text.h"

namespace invocator {

Invocation InvocationOf(const std::string& worker, const std::string& instance,
                        const Record& record) {
  Invocation row;
  row.instance = instance;
  row.worker = worker;
  row.sequence = record.sequence;
  row.scheduled_ns = record.scheduled_ns;
  row.sent_ns = record.sent_ns;
  row.done_ns = record.done_ns;
  if (record.first_byte_ns != Record::kNever) {
    row.first_byte_ns = record.first_byte_ns;
  }
  row.outcome = std::string(OutcomeName(record.outcome));
  if (record.reason != Reason::kNone) {
    row.reason = std::string(ReasonName(record.reason));
  }
  row.status = record.status;
  row.bytes_sent = record.bytes_sent;
  row.bytes_received = record.bytes_received;
  row.new_connection = record.new_connection;
  row.request_id = CleanLine(record.request_id.view());
  if (record.warmth != Warmth::kUnknown) {
    row.cold = record.warmth == Warmth::kCold;
  }
  if (record.init_us != Record::kUnknown) row.init_us = record.init_us;
  if (record.billed_ms == Record::kUnknown) return row;
  row.billed_ms = record.billed_ms;
  row.memory_mb = record.memory_mb;
  row.memory_used_mb = record.memory_used_mb;
  return row;
}

}  // namespace invocator
