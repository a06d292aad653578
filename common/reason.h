// Why an answer is not ok, finer than its outcome: which of AWS's refusals and
// failures it is. Source: as of worker/answer_judge.h.
#ifndef INVOCATOR_COMMON_REASON_H_
#define INVOCATOR_COMMON_REASON_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/outcome.h"

namespace invocator {

// The numbers travel in Progress: append, never renumber; and extend the table
// in reason.cc.
enum class Reason : uint8_t {
  kNone = 0,  // ok, or no answer
  // Outcome::kAuthError
  kSignatureMismatch = 1,
  kClockSkew = 2,
  kWrongScope = 3,
  kMissingToken = 4,  // also: no such stage or resource
  kIncompleteSignature = 5,
  kUnknownCredentials = 6,
  kExpiredCredentials = 7,
  kAccessDenied = 8,
  kForbidden = 9,  // without a word why
  // Outcome::kThrottled
  kRateExceeded = 10,
  kQuotaExceeded = 11,
  kConcurrencyExceeded = 12,
  kIntegrationThrottled = 13,  // what gateways make of it
  // Outcome::kFunctionError
  kFunctionFailed = 14,
  kFunctionTimeout = 15,
  kBadFunctionAnswer = 16,
  // Outcome::kHttpError
  kIntegrationTimeout = 17,
  kGatewayError = 18,  // the gateway or service itself, of another kind
  kStatus3xx = 19,
  kStatus4xx = 20,
  kStatus5xx = 21,
  kOtherStatus = 22,
};

inline constexpr size_t kReasons = 23;

using ReasonCounts = std::array<uint64_t, kReasons>;

absl::string_view ReasonName(Reason reason);

// What an answer with that reason is counted as; kOk for kNone.
Outcome OutcomeOf(Reason reason);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_REASON_H_
