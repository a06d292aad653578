// What a response says about how the invocation ended. Pure.
#ifndef INVOCATOR_WORKER_RESPONSE_H_
#define INVOCATOR_WORKER_RESPONSE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/outcome.h"
#include "common/record.h"

namespace invocator {

// The facts that the outcome depends on, gathered line by line.
struct ResponseFacts {
  uint16_t status = 0;
  bool rest_api_error = false;  // x-amzn-ErrorType: the gateway itself answered
  bool http_api = false;        // apigw-requestid: an HTTP API answered
  bool function_error = false;  // X-Amz-Function-Error
  RequestId request_id;
};

// Takes a header; `value` without blanks around it.
void AddHeader(absl::string_view name, absl::string_view value,
               ResponseFacts& facts);

// Takes one header line, as it came, status line included; a status line starts
// the facts anew (1xx responses come before the real one).
void AddHeaderLine(absl::string_view line, ResponseFacts& facts);

// Source of the throttling forms: AWS-FACTS 6.1 and 6.3. A REST API says 500
// where Lambda throttles it, an HTTP API 503.
Outcome OutcomeOf(const ResponseFacts& facts);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RESPONSE_H_
