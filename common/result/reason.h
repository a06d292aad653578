// Reason of a failed call, finer than its outcome: one of AWS's refusals and
// failures (sources: worker/exchange/answer_judge.h), or a failure of the
// transport.
#ifndef INVOCATOR_COMMON_RESULT_REASON_H_
#define INVOCATOR_COMMON_RESULT_REASON_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/result/outcome.h"

namespace invocator {

// The numbers are sent in Progress: append, never renumber; and extend the
// table in reason.cc.
enum class Reason : uint8_t {
  kNone = 0,  // ok, aborted or lost
  // Outcome::kAuthError
  kSignatureMismatch = 1,
  kClockSkew = 2,
  kWrongScope = 3,
  kMissingToken = 4,  // also: no such stage or resource
  kIncompleteSignature = 5,
  kUnknownCredentials = 6,
  kExpiredCredentials = 7,
  kAccessDenied = 8,
  kForbidden = 9,  // no cause given
  // Outcome::kThrottled
  kRateExceeded = 10,
  kQuotaExceeded = 11,
  kConcurrencyExceeded = 12,
  kIntegrationThrottled = 13,  // as gateways report it
  // Outcome::kFunctionError
  kFunctionFailed = 14,
  kFunctionTimeout = 15,
  kBadFunctionAnswer = 16,
  // Outcome::kHttpError
  kIntegrationTimeout = 17,
  kGatewayError = 18,  // another error of the gateway or service
  kStatus3xx = 19,
  kStatus4xx = 20,
  kStatus5xx = 21,
  kOtherStatus = 22,
  // Outcome::kConnectError
  kHostNotFound = 23,
  kConnectionRefused = 24,
  kUnreachable = 25,
  kConnectTimedOut = 26,  // the system gave up, not the call's own timeout
  kConnectReset = 27,
  kProxyRefused = 28,  // its answer to CONNECT is not 2xx
  kProxyFailed = 29,
  kNoLocalResources = 30,  // descriptors, ports or memory of this machine
  kConnectFailed = 31,     // in another way
  // Outcome::kTlsError
  kUnknownCa = 32,
  kSelfSigned = 33,
  kCertificateExpired = 34,
  kCertificateNotYetValid = 35,
  kWrongHost = 36,
  kCertificateInvalid = 37,  // in another way
  kTlsVersion = 38,
  kClientCertificateRequired = 39,
  kClientCertificateRefused = 40,
  kNotTls = 41,
  kTlsAlert = 42,  // another alert of the peer
  kTlsHandshakeCut = 43,
  kTlsFailed = 44,  // in another way
  // Outcome::kProtocolError
  kMalformedAnswer = 45,
  kHeadTooLarge = 46,
  kClosedBeforeAnswer = 47,
  kClosedInHead = 48,
  kClosedInBody = 49,
  kStreamReset = 50,     // HTTP/2: this call
  kHttp2Error = 51,      // HTTP/2: the connection
  kExchangeFailed = 52,  // in another way
  // Outcome::kTimeout, by the step that the call was waiting for
  kConnectTimeout = 53,
  kTlsHandshakeTimeout = 54,
  kSendTimeout = 55,  // the peer did not take the whole request
  kFirstByteTimeout = 56,
  kHeadTimeout = 57,
  kBodyTimeout = 58,
  // Outcome::kHttpError
  kUnexpected2xx = 59,  // not among the statuses that the workload expects
};

inline constexpr size_t kReasons = 60;

using ReasonCounts = std::array<uint64_t, kReasons>;

absl::string_view ReasonName(Reason reason);

// The outcome of a call with that reason; kOk for kNone.
Outcome OutcomeOf(Reason reason);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_REASON_H_
