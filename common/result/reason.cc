#include "common/result/reason.h"

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
    {"host_not_found", Outcome::kConnectError},
    {"connection_refused", Outcome::kConnectError},
    {"unreachable", Outcome::kConnectError},
    {"connect_timed_out", Outcome::kConnectError},
    {"connect_reset", Outcome::kConnectError},
    {"proxy_refused", Outcome::kConnectError},
    {"proxy_failed", Outcome::kConnectError},
    {"no_local_resources", Outcome::kConnectError},
    {"connect_failed", Outcome::kConnectError},
    {"unknown_ca", Outcome::kTlsError},
    {"self_signed", Outcome::kTlsError},
    {"certificate_expired", Outcome::kTlsError},
    {"certificate_not_yet_valid", Outcome::kTlsError},
    {"wrong_host", Outcome::kTlsError},
    {"certificate_invalid", Outcome::kTlsError},
    {"tls_version", Outcome::kTlsError},
    {"client_certificate_required", Outcome::kTlsError},
    {"client_certificate_refused", Outcome::kTlsError},
    {"not_tls", Outcome::kTlsError},
    {"tls_alert", Outcome::kTlsError},
    {"tls_handshake_cut", Outcome::kTlsError},
    {"tls_failed", Outcome::kTlsError},
    {"malformed_answer", Outcome::kProtocolError},
    {"head_too_large", Outcome::kProtocolError},
    {"closed_before_answer", Outcome::kProtocolError},
    {"closed_in_head", Outcome::kProtocolError},
    {"closed_in_body", Outcome::kProtocolError},
    {"stream_reset", Outcome::kProtocolError},
    {"http2_error", Outcome::kProtocolError},
    {"exchange_failed", Outcome::kProtocolError},
    {"connect_timeout", Outcome::kTimeout},
    {"tls_handshake_timeout", Outcome::kTimeout},
    {"send_timeout", Outcome::kTimeout},
    {"first_byte_timeout", Outcome::kTimeout},
    {"head_timeout", Outcome::kTimeout},
    {"body_timeout", Outcome::kTimeout},
    {"unexpected_2xx", Outcome::kHttpError},
}};

}  // namespace

absl::string_view ReasonName(Reason reason) {
  return kTable[static_cast<size_t>(reason)].name;
}

Outcome OutcomeOf(Reason reason) {
  return kTable[static_cast<size_t>(reason)].outcome;
}

}  // namespace invocator
