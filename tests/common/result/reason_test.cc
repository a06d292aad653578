#include "common/result/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace invocator {
namespace {

TEST(ReasonTest, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < kReasons; ++i) {
    const std::string name(ReasonName(static_cast<Reason>(i)));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

// The numbers travel: the ends of each outcome's are pinned.
TEST(ReasonTest, EachOutcomeHasItsReasons) {
  const struct {
    Reason reason;
    int number;
    const char* name;
    Outcome outcome;
  } cases[] = {
      {Reason::kNone, 0, "none", Outcome::kOk},
      {Reason::kSignatureMismatch, 1, "signature_mismatch",
       Outcome::kAuthError},
      {Reason::kForbidden, 9, "forbidden", Outcome::kAuthError},
      {Reason::kRateExceeded, 10, "rate_exceeded", Outcome::kThrottled},
      {Reason::kIntegrationThrottled, 13, "integration_throttled",
       Outcome::kThrottled},
      {Reason::kFunctionFailed, 14, "function_failed", Outcome::kFunctionError},
      {Reason::kBadFunctionAnswer, 16, "bad_function_answer",
       Outcome::kFunctionError},
      {Reason::kIntegrationTimeout, 17, "integration_timeout",
       Outcome::kHttpError},
      {Reason::kOtherStatus, 22, "other_status", Outcome::kHttpError},
      {Reason::kHostNotFound, 23, "host_not_found", Outcome::kConnectError},
      {Reason::kConnectFailed, 31, "connect_failed", Outcome::kConnectError},
      {Reason::kUnknownCa, 32, "unknown_ca", Outcome::kTlsError},
      {Reason::kWrongHost, 36, "wrong_host", Outcome::kTlsError},
      {Reason::kClientCertificateRequired, 39, "client_certificate_required",
       Outcome::kTlsError},
      {Reason::kTlsFailed, 44, "tls_failed", Outcome::kTlsError},
      {Reason::kMalformedAnswer, 45, "malformed_answer",
       Outcome::kProtocolError},
      {Reason::kClosedInBody, 49, "closed_in_body", Outcome::kProtocolError},
      {Reason::kExchangeFailed, 52, "exchange_failed", Outcome::kProtocolError},
      {Reason::kConnectTimeout, 53, "connect_timeout", Outcome::kTimeout},
      {Reason::kFirstByteTimeout, 56, "first_byte_timeout", Outcome::kTimeout},
      {Reason::kBodyTimeout, 58, "body_timeout", Outcome::kTimeout},
      {Reason::kUnexpected2xx, 59, "unexpected_2xx", Outcome::kHttpError},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(static_cast<int>(c.reason), c.number);
    EXPECT_EQ(ReasonName(c.reason), c.name);
    EXPECT_EQ(OutcomeOf(c.reason), c.outcome) << c.name;
  }
  EXPECT_EQ(static_cast<size_t>(Reason::kUnexpected2xx) + 1, kReasons);
}

}  // namespace
}  // namespace invocator
