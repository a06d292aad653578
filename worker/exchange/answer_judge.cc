#include "worker/exchange/answer_judge.h"

#include "absl/strings/match.h"
#include "worker/exchange/cold_start_probe.h"

namespace invocator {
namespace {

using absl::StartsWith;
using absl::StrContains;

bool IsOk(const ResponseFacts& facts, const AnswerRules& rules) {
  return rules.Expects(facts.status) && !facts.function_error;
}

bool ReadsWarmthFromBody(const AnswerRules& rules) {
  return rules.cold_start_source != nullptr &&
         rules.cold_start_source->kind == ColdStartSource::Kind::kJson;
}

// A 401 or 403. The words are the same for REST APIs and for Lambda.
Reason ReasonOfRefusal(absl::string_view type, absl::string_view body) {
  struct Words {
    absl::string_view words;
    Reason reason;
  };
  // These have one error type, InvalidSignatureException.
  static constexpr Words kSignatures[] = {
      {"Signature expired", Reason::kClockSkew},
      {"Signature not yet current", Reason::kClockSkew},
      {"Credential should be scoped", Reason::kWrongScope},
      {"Date in Credential scope does not match", Reason::kWrongScope},
      {"The request signature we calculated does not match",
       Reason::kSignatureMismatch},
  };
  for (const auto& [words, reason] : kSignatures) {
    if (StrContains(body, words)) return reason;
  }
  static constexpr Words kTypes[] = {
      {"MissingAuthenticationToken", Reason::kMissingToken},
      {"IncompleteSignature", Reason::kIncompleteSignature},
      {"InvalidSignature", Reason::kIncompleteSignature},
      {"RequestExpired", Reason::kClockSkew},
      {"RequestTimeTooSkewed", Reason::kClockSkew},
      {"ExpiredToken", Reason::kExpiredCredentials},
      {"UnrecognizedClient", Reason::kUnknownCredentials},
      {"InvalidClientTokenId", Reason::kUnknownCredentials},
  };
  for (const auto& [words, reason] : kTypes) {
    if (StartsWith(type, words)) return reason;
  }
  // Without a type, or with AccessDeniedException, which has been seen with
  // the words of others.
  static constexpr Words kBodies[] = {
      {"Missing Authentication Token", Reason::kMissingToken},
      {"security token included in the request is expired",
       Reason::kExpiredCredentials},
      {"security token included in the request is invalid",
       Reason::kUnknownCredentials},
      {"in Authorization header", Reason::kIncompleteSignature},
      {"Authorization header requires", Reason::kIncompleteSignature},
      {"is not authorized to", Reason::kAccessDenied},
  };
  for (const auto& [words, reason] : kBodies) {
    if (StrContains(body, words)) return reason;
  }
  return StartsWith(type, "AccessDenied") ? Reason::kAccessDenied
                                          : Reason::kForbidden;
}

Reason ReasonOfThrottle(absl::string_view type, absl::string_view body) {
  if (StrContains(body, "ConcurrentInvocationLimitExceeded") ||
      StrContains(body, "ConcurrentSnapshotCreateLimitExceeded")) {
    return Reason::kConcurrencyExceeded;
  }
  if (StartsWith(type, "LimitExceeded") ||
      StrContains(body, "\"Limit Exceeded\"")) {
    return Reason::kQuotaExceeded;
  }
  return Reason::kRateExceeded;
}

Reason ReasonOfPlainStatus(uint16_t status) {
  switch (status / 100) {
    case 3:
      return Reason::kStatus3xx;
    case 4:
      return Reason::kStatus4xx;
    case 5:
      return Reason::kStatus5xx;
    default:
      return Reason::kOtherStatus;
  }
}

// True if an HTTP API itself gave this answer. It has no error types: its own
// answers have these bodies, and a function's pass through untouched.
bool HttpApiSays(const ResponseFacts& facts, absl::string_view body,
                 absl::string_view message) {
  return facts.http_api && StartsWith(body, "{\"message\":\"") &&
         StartsWith(body.substr(12), message);
}

}  // namespace

size_t BodyBytesToKeep(const ResponseFacts& facts, const AnswerRules& rules) {
  if (!IsOk(facts, rules)) return kKeptFailureBytes;
  return ReadsWarmthFromBody(rules) ? kMaxColdStartBodyBytes : 0;
}

Reason ReasonOf(const ResponseFacts& facts, absl::string_view body,
                const AnswerRules& rules) {
  if (facts.function_error) {
    return StrContains(body, "Task timed out after") ||
                   StrContains(body, "Sandbox.Timedout")
               ? Reason::kFunctionTimeout
               : Reason::kFunctionFailed;
  }
  if (rules.Expects(facts.status)) return Reason::kNone;
  if (facts.status / 100 == 2) return Reason::kUnexpected2xx;
  const absl::string_view type = facts.error_type.view();
  // Of the API in front of a function, whatever became of that.
  const bool is_integration = StartsWith(type, "InternalServerError");
  switch (facts.status) {
    case 401:
    case 403:
      return ReasonOfRefusal(type, body);
    case 429:
      return ReasonOfThrottle(type, body);
    case 500:
      if (is_integration) return Reason::kIntegrationThrottled;
      if (HttpApiSays(facts, body, "Internal Server Error")) {
        return Reason::kFunctionFailed;
      }
      break;
    case 502:
      if (is_integration) return Reason::kBadFunctionAnswer;
      break;
    case 503:
      if (HttpApiSays(facts, body, "Service Unavailable")) {
        return Reason::kIntegrationThrottled;
      }
      break;
    case 504:
      if (StrContains(body, "Endpoint request timed out")) {
        return Reason::kIntegrationTimeout;
      }
      break;
    case 404:
      if (HttpApiSays(facts, body, "Not Found")) return Reason::kGatewayError;
      break;
    default:
      break;
  }
  return type.empty() ? ReasonOfPlainStatus(facts.status)
                      : Reason::kGatewayError;
}

void JudgeAnswer(const ResponseFacts& facts, const KeptBody& body,
                 const AnswerRules& rules, Record& record) {
  record.reason = ReasonOf(facts, body.bytes(), rules);
  record.outcome = OutcomeOf(record.reason);
  record.warmth = facts.warmth;
  record.billed_ms = facts.billed_ms;
  record.memory_mb = facts.memory_mb;
  record.memory_used_mb = facts.memory_used_mb;
  record.init_us = facts.init_us;
  Warmth told = facts.told_warmth;
  if (ReadsWarmthFromBody(rules) && IsOk(facts, rules) && !body.cut()) {
    told = WarmthInJson(body.bytes(), rules.cold_start_source->path);
  }
  if (told != Warmth::kUnknown) record.warmth = told;
}

}  // namespace invocator
