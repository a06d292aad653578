// Signed requests that the verifier cannot read, or could read in two ways.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gateway/verifier.h"
#include "tests/support/sent_request.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(VerifierTest, RefusesIncompleteAuthorization) {
  const std::string hashed =
      "(Hashed with SHA-256 and encoded with Base64) Authorization=";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Bearer token",
       "Invalid key=value pair (missing equal-sign) in Authorization header "
       "(hashed with SHA-256 and encoded with Base64): '"},
      {"", "Authorization header requires 'Credential' parameter. "},
      {"Basic dXNlcg==",
       "Authorization header requires 'Credential' parameter. Authorization "
       "header requires 'Signature' parameter. Authorization header requires "
       "'SignedHeaders' parameter. " +
           hashed},
      {"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host",
       "Authorization header requires 'Signature' parameter. " + hashed},
      {"AWS4-HMAC-SHA512 Credential=a/b/c/d/e",
       "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'."},
      {"AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x",
       "Credential must have exactly 5 slash-delimited elements, e.g. "
       "keyid/date/region/service/term, got 'a/b'"},
  };
  for (const auto& [value, message] : cases) {
    Sent sent = SignedByBotocore();
    sent.Header("Authorization") = value;
    EXPECT_THAT(WordsOf(Verify(sent)),
                StartsWith("IncompleteSignatureException: " + message))
        << value;
  }
}

TEST(VerifierTest, NeverQuotesAnAuthorizationHeaderItCannotRead) {
  Sent sent = SignedByBotocore();
  sent.Header("Authorization") = "Basic secret=";
  EXPECT_THAT(WordsOf(Verify(sent)), Not(HasSubstr("secret")));
}

TEST(VerifierTest, RefusesMissingAndMalformedDates) {
  Sent sent = SignedByBotocore();
  sent.Remove("X-Amz-Date");
  EXPECT_THAT(WordsOf(Verify(sent)),
              StartsWith("IncompleteSignatureException: Authorization header "
                         "requires existence of either a 'X-Amz-Date' or a "
                         "'Date' header. "));
  for (std::string date :
       {"", "20260823", "20260823T120000", "20260832T120000Z",
        "20260823T240000Z", "2026082ZT120000Z", "-0260823T120000Z",
        "20260823X120000Z", "20260823T120000X",
        "Sun, 23 Aug 2026 12:00:00 GMT"}) {
    sent = SignedByBotocore();
    sent.Header("X-Amz-Date") = date;
    EXPECT_EQ(WordsOf(Verify(sent)),
              "IncompleteSignatureException: Date must be in ISO-8601 'basic "
              "format'. Got '" +
                  date + "'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
}

TEST(VerifierTest, RefusesParametersThatComeTwiceOrAreNone) {
  for (const auto& [more, message] :
       std::vector<std::pair<std::string, std::string>>{
           {", Signature=x", "has parameter 'Signature' more than once. "},
           {",Signature=", "has parameter 'Signature' more than once. "},
           {", Credential=a/b/c/d/e",
            "has parameter 'Credential' more than once. "},
           {", SignedHeaders=host",
            "has parameter 'SignedHeaders' more than once. "},
           {", signature=x", "has an unknown parameter. "},
           {", Extra=1, More=2", "has an unknown parameter. (Hashed"}}) {
    Sent sent = SignedByBotocore();
    sent.Header("Authorization") += more;
    EXPECT_THAT(WordsOf(Verify(sent)),
                StartsWith("IncompleteSignatureException: Authorization "
                           "header " +
                           message))
        << more;
  }
}

TEST(VerifierTest, RefusesSignedHeadersThatAreNotAsSigned) {
  for (const char* names :
       {"host;content-type;x-amz-date", "content-type;host;host;x-amz-date",
        "content-type;Host;x-amz-date", "Content-Type;host;x-amz-date",
        "content-type;host;x-amz-date;", ";content-type;host;x-amz-date",
        "content-type;;host;x-amz-date", "content-type; host;x-amz-date",
        "content-type;host;x-amz-date;\x80"}) {
    Sent sent = SignedByBotocore();
    absl::StrReplaceAll({{"content-type;host;x-amz-date", names}},
                        &sent.Header("Authorization"));
    EXPECT_EQ(WordsOf(Verify(sent)),
              absl::StrCat("IncompleteSignatureException: 'SignedHeaders' in "
                           "the AWS Authorization must be lower-case names in "
                           "alphabetical order, each once, got '",
                           names, "'"));
  }
}

TEST(VerifierTest, RefusesHeadersOfWhichOneCounts) {
  for (const char* name : {"Authorization", "Host", "X-Amz-Date",
                           "X-Amz-Security-Token", "X-Amz-Content-Sha256"}) {
    Sent sent = SignedByBotocore();
    // The same value again, in another case of the name.
    const std::string value = sent.Header(name);
    sent.headers.emplace_back(absl::AsciiStrToLower(name), value);
    EXPECT_EQ(WordsOf(Verify(sent)),
              absl::StrCat("IncompleteSignatureException: Request has more "
                           "than one '",
                           name, "' header."));
  }
  Sent sent = SignedByBotocore();
  sent.headers.emplace_back("Date", "a");
  EXPECT_EQ(WordsOf(Verify(sent)), "accepted") << "X-Amz-Date counts";
  sent.headers.emplace_back("Date", "a");
  EXPECT_THAT(WordsOf(Verify(sent)), HasSubstr("more than one 'Date'"));
}

TEST(VerifierTest, RefusesASignatureInTheQueryBesideOneInTheHeader) {
  for (const char* query :
       {"X-Amz-Signature=0", "a=1&x-amz-algorithm=AWS4-HMAC-SHA256",
        "X%2DAmz-Signature"}) {
    Sent sent = SignedByBotocore();
    sent.query = query;
    EXPECT_THAT(WordsOf(Verify(sent)),
                StartsWith("IncompleteSignatureException: Request is signed "
                           "both"))
        << query;
  }
}

}  // namespace
}  // namespace invocator
