// Facts in the head of a response that decide the outcome. Pure.
#ifndef INVOCATOR_WORKER_EXCHANGE_RESPONSE_H_
#define INVOCATOR_WORKER_EXCHANGE_RESPONSE_H_

#include <cstdint>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/plan/cold_start.h"
#include "common/result/record.h"
#include "common/words/short_text.h"

namespace invocator {

// The facts that the record depends on, gathered line by line. Plain values.
struct ResponseFacts {
  uint16_t status = 0;
  bool http_api = false;        // apigw-requestid: an HTTP API answered
  bool function_error = false;  // X-Amz-Function-Error
  Warmth told_warmth = Warmth::kUnknown;  // in the workload's header
  // From Lambda's log, as in Record.
  Warmth warmth = Warmth::kUnknown;
  uint32_t memory_mb = 0;
  uint32_t memory_used_mb = 0;
  int64_t billed_ms = Record::kUnknown;
  int64_t init_us = Record::kUnknown;
  RequestId request_id;
  // x-amzn-ErrorType, its plain name: the gateway or service itself answered.
  ShortText<48> error_type;
  ShortText<32> date;  // of 401 and 403 only

  // Resets the facts. Not by assignment, which would copy the bytes of empty
  // texts.
  void Clear() {
    status = 0;
    http_api = function_error = false;
    told_warmth = warmth = Warmth::kUnknown;
    memory_mb = memory_used_mb = 0;
    billed_ms = init_us = Record::kUnknown;
    request_id.Clear();
    error_type.Clear();
    date.Clear();
  }
};

// True if `text` is that word in any case; cheapest in the case of `usual`.
inline bool IsWord(absl::string_view text, absl::string_view usual) {
  return text.size() == usual.size() &&
         (std::memcmp(text.data(), usual.data(), usual.size()) == 0 ||
          absl::EqualsIgnoreCase(text, usual));
}

// Takes a header; `value` without blanks around it. `source`: source of warmth,
// which may be a header; may be null.
void AddHeader(absl::string_view name, absl::string_view value,
               const ColdStartSource* source, ResponseFacts& facts);

// False if AddHeader would change nothing: for most headers.
inline bool MayAddFacts(absl::string_view name, const ColdStartSource* source,
                        const ResponseFacts& facts) {
  if (source != nullptr && source->kind == ColdStartSource::Kind::kHeader) {
    return true;
  }
  switch (name.empty() ? '\0' : name[0]) {
    case 'x':
    case 'X':
    case 'a':
    case 'A':
      return true;
    case 'd':
    case 'D':
      return facts.status == 401 || facts.status == 403;
    default:
      return false;
  }
}

// Takes one raw header line or status line; a status line resets the facts (1xx
// responses precede the real one).
void AddHeaderLine(absl::string_view line, const ColdStartSource* source,
                   ResponseFacts& facts);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_RESPONSE_H_
