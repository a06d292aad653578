#include "common/reason.h"

namespace invocator {
namespace {

struct Entry {
  absl::string_view name;
  Outcome outcome;
};

constexpr std::array<Entry, kReasons> kTable = {{
    {"none", Outcome::kOk},
    {"signature_mismatch", Outcome::kAuthError},
    {"clock_skew", Outcome::kAuthError},
    {"wrong_scope", Outcome::kAuthError},
    {"missing_authentication_token", Outcome::kAuthError},
    {"incomplete_signature", Outcome::kAuthError},
    {"unknown_credentials", Outcome::kAuthError},
    {"expired_credentials", Outcome::kAuthError},
    {"access_denied", Outcome::kAuthError},
    {"forbidden", Outcome::kAuthError},
    {"rate_exceeded", Outcome::kThrottled},
    {"quota_exceeded", Outcome::kThrottled},
    {"concurrency_exceeded", Outcome::kThrottled},
    {"integration_throttled", Outcome::kThrottled},
    {"function_failed", Outcome::kFunctionError},
    {"function_timeout", Outcome::kFunctionError},
    {"bad_function_answer", Outcome::kFunctionError},
    {"integration_timeout", Outcome::kHttpError},
    {"gateway_error", Outcome::kHttpError},
    {"status_3xx", Outcome::kHttpError},
    {"status_4xx", Outcome::kHttpError},
    {"status_5xx", Outcome::kHttpError},
    {"other_status", Outcome::kHttpError},
}};

}  // namespace

absl::string_view ReasonName(Reason reason) {
  return kTable[static_cast<size_t>(reason)].name;
}

Outcome OutcomeOf(Reason reason) {
  return kTable[static_cast<size_t>(reason)].outcome;
}

}  // namespace invocator
