#include "gateway/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/sent_request.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kToken[] = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDA==";

Sent SignedWithoutContentType(std::string method, std::string path,
                              std::string query, std::string signature) {
  Sent sent;
  sent.method = std::move(method);
  sent.path = std::move(path);
  sent.query = std::move(query);
  sent.body = "";
  sent.headers = {
      {"host", kHost},
      {"x-amz-date", kAmzDate},
      {"authorization",
       AuthorizationOf("us-east-1/execute-api", "host;x-amz-date", signature)}};
  return sent;
}

TEST(VerifierTest, AcceptsWhatBotocoreSigned) {
  EXPECT_EQ(WordsOf(Verify(SignedByBotocore())), "accepted");
}

TEST(VerifierTest, AcceptsEscapesInPathAsBotocoreSignedThem) {
  EXPECT_EQ(WordsOf(Verify(SignedWithoutContentType(
                "GET", "/prod/a%20b%2Fc@d:e/%C3%A4", "",
                "696c2a273a7fadb9ad36799bbedb964660eae9e7f013a75b202dd18a95e379"
                "9b"))),
            "accepted");
}

TEST(VerifierTest, AcceptsUnsortedDuplicateAndValuelessQueries) {
  EXPECT_EQ(WordsOf(Verify(SignedWithoutContentType(
                "POST", "/prod/pyaes", "format=json&flag&a=%2B&a=1&empty=",
                "9b24d9bb95b1514777764d25143cbf19468cbb3c5bbb22c5e46bed5a9c85f5"
                "29"))),
            "accepted");
}

TEST(VerifierTest, AcceptsPathsThatBotocoreNormalised) {
  EXPECT_EQ(WordsOf(Verify(SignedWithoutContentType(
                "POST", "/default//x/./y/../chameleon", "",
                "e5cae58853dd519611d1d5efe42daed7fb7d140a4659b7a026453a6f17009b"
                "87"))),
            "accepted");
}

TEST(VerifierTest, AcceptsAnyRegionWhereTheHostNamesNone) {
  Sent sent;
  sent.body = "{}";
  sent.headers = {
      {"Host", "localhost:9000"},
      {"X-Amz-Date", kAmzDate},
      {"Authorization",
       AuthorizationOf("eu-west-1/execute-api", "host;x-amz-date",
                       "c12284749988364911996148fffa7b3745448c05b84aaa4f1a7248"
                       "c508284d53")}};
  EXPECT_EQ(WordsOf(Verify(sent)), "accepted");
}

Sent SignedWithToken() {
  Sent sent;
  sent.headers = {
      {"Host", kHost},
      {"X-Amz-Date", kAmzDate},
      {"X-Amz-Security-Token", kToken},
      {"Authorization",
       AuthorizationOf("us-east-1/execute-api",
                       "host;x-amz-date;x-amz-security-token",
                       "7a2820918c38588d5fd1e03266c9247db68f789e810b76a291f607"
                       "1f472ba220")}};
  return sent;
}

TEST(VerifierTest, AcceptsTemporaryCredentials) {
  EXPECT_EQ(WordsOf(Verify(SignedWithToken(), SignedAt(), DemoPair(kToken))),
            "accepted");
}

TEST(VerifierTest, RefusesMissingWrongAndUncalledForTokens) {
  Sent without = SignedWithToken();
  without.Remove("X-Amz-Security-Token");
  EXPECT_EQ(WordsOf(Verify(without, SignedAt(), DemoPair(kToken))),
            kInvalidToken);
  Sent wrong = SignedWithToken();
  wrong.Header("X-Amz-Security-Token") = "other";
  EXPECT_EQ(WordsOf(Verify(wrong, SignedAt(), DemoPair(kToken))),
            kInvalidToken);
  EXPECT_EQ(WordsOf(Verify(SignedWithToken(), SignedAt(), DemoPair())),
            kInvalidToken);
}

TEST(VerifierTest, RefusesUnknownKey) {
  Sent sent = SignedByBotocore();
  absl::StrReplaceAll({{"AKIDEXAMPLE", "AKIDOTHER"}},
                      &sent.Header("Authorization"));
  EXPECT_EQ(WordsOf(Verify(sent)), kInvalidToken);
}

TEST(VerifierTest, AcceptsOtherKeysTooUntilTheyExpire) {
  const absl::Time expiry = SignedAt() + absl::Seconds(10);
  Verifier verifier({"AKIDOTHER", "other", ""});
  const Sent sent = SignedByBotocore();
  const ReceivedRequest request = Received(sent);
  EXPECT_EQ(WordsOf(verifier.Verify(request, SignedAt())), kInvalidToken);
  verifier.Accept({DemoPair(), expiry});
  EXPECT_EQ(WordsOf(verifier.Verify(request, SignedAt())), "accepted");
  EXPECT_EQ(WordsOf(verifier.Verify(request, expiry - absl::Seconds(1))),
            "accepted");
  EXPECT_EQ(WordsOf(verifier.Verify(request, expiry)),
            "ExpiredTokenException: The security token included in the request "
            "is expired");
}

TEST(VerifierTest, RefusesUnsigned) {
  Sent sent = SignedByBotocore();
  sent.Remove("Authorization");
  EXPECT_EQ(WordsOf(Verify(sent)),
            "MissingAuthenticationTokenException: Missing Authentication "
            "Token");
}

TEST(VerifierTest, RefusesWhateverWasTamperedWith) {
  const std::vector<std::pair<std::string, void (*)(Sent&)>> tamperings = {
      {"method", [](Sent& sent) { sent.method = "PUT"; }},
      {"path", [](Sent& sent) { sent.path += "/"; }},
      {"query", [](Sent& sent) { sent.query = "a=1"; }},
      {"body", [](Sent& sent) { sent.body = R"({"n":2})"; }},
      {"signed header",
       [](Sent& sent) { sent.Header("Content-Type") = "text/plain"; }},
      {"signed header taken away",
       [](Sent& sent) { sent.Remove("Content-Type"); }},
      {"signed header sent twice",
       [](Sent& sent) { sent.headers.emplace_back("content-type", "a/b"); }},
      {"host",
       [](Sent& sent) {
         sent.Header("Host") = "other.execute-api.us-east-1.amazonaws.com";
       }},
      {"date", [](Sent& sent) { sent.Header("X-Amz-Date")[14] = '1'; }},
      {"signature",
       [](Sent& sent) { sent.Header("Authorization").back() ^= 1; }},
      {"signature's length",
       [](Sent& sent) { sent.Header("Authorization").pop_back(); }},
  };
  for (const auto& [what, tamper] : tamperings) {
    Sent sent = SignedByBotocore();
    tamper(sent);
    EXPECT_THAT(WordsOf(Verify(sent)), StartsWith(kMismatch)) << what;
  }
}

TEST(VerifierTest, RefusesOtherSecret) {
  Credentials other = DemoPair();
  other.secret_access_key = "other";
  EXPECT_THAT(WordsOf(Verify(SignedByBotocore(), SignedAt(), other)),
              StartsWith(kMismatch));
}

TEST(VerifierTest, MismatchShowsTheCanonicalRequestAndTheStringToSign) {
  Sent sent = SignedByBotocore();
  sent.body = "";
  std::string outcome = WordsOf(Verify(sent));
  EXPECT_THAT(
      outcome,
      HasSubstr(absl::StrCat(
          "\n\nThe Canonical String for this request should have been\n'POST\n"
          "/default/chameleon\n\ncontent-type:application/json\nhost:",
          kHost, "\nx-amz-date:", kAmzDate,
          "\n\ncontent-type;host;x-amz-date\n"
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"
          "\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n",
          kAmzDate, "\n20260823/us-east-1/execute-api/aws4_request\n")));
}

TEST(VerifierTest, AcceptsFiveMinutesEitherWayAndNoMore) {
  const absl::Duration window = absl::Minutes(5);
  EXPECT_EQ(WordsOf(Verify(SignedByBotocore(), SignedAt() + window)),
            "accepted");
  EXPECT_EQ(WordsOf(Verify(SignedByBotocore(), SignedAt() - window)),
            "accepted");
  EXPECT_EQ(
      WordsOf(Verify(SignedByBotocore(), SignedAt() + absl::Seconds(301))),
      "InvalidSignatureException: Signature expired: 20260823T120000Z is now "
      "earlier than 20260823T120001Z (20260823T120501Z - 5 min.)");
  EXPECT_EQ(
      WordsOf(Verify(SignedByBotocore(), SignedAt() - absl::Seconds(301))),
      "InvalidSignatureException: Signature not yet current: 20260823T120000Z "
      "is still later than 20260823T115959Z (20260823T115459Z + 5 min.)");
}

TEST(VerifierTest, NamesEveryFaultOfTheScope) {
  Sent sent = SignedByBotocore();
  absl::StrReplaceAll({{"us-east-1/execute-api", "us-west-2/lambda"}},
                      &sent.Header("Authorization"));
  EXPECT_EQ(WordsOf(Verify(sent)),
            "InvalidSignatureException: Credential should be scoped to a valid "
            "region, not 'us-west-2'. Credential should be scoped to correct "
            "service: 'execute-api'. ");

  sent = SignedByBotocore();
  absl::StrReplaceAll({{"aws4_request", "aws5"}, {"20260823/", "20260822/"}},
                      &sent.Header("Authorization"));
  EXPECT_EQ(WordsOf(Verify(sent)),
            "InvalidSignatureException: Credential should be scoped with a "
            "valid terminator: 'aws4_request', not 'aws5'. Date in Credential "
            "scope does not match YYYYMMDD from ISO-8601 version of date from "
            "HTTP: '20260822' != '20260823', from '20260823T120000Z'.");
}

TEST(VerifierTest, RefusesUnsignedHostAndUnsignedAmzHeaders) {
  Sent sent = SignedByBotocore();
  absl::StrReplaceAll({{";host;", ";"}}, &sent.Header("Authorization"));
  EXPECT_EQ(WordsOf(Verify(sent)),
            "InvalidSignatureException: 'Host' or ':authority' must be a "
            "'SignedHeader' in the AWS Authorization.");

  sent = SignedByBotocore();
  sent.Header("X-Amz-Target") = "other";
  EXPECT_EQ(WordsOf(Verify(sent)),
            "InvalidSignatureException: 'X-Amz-Target' must be a "
            "'SignedHeader' in the AWS Authorization.");
}

TEST(VerifierTest, SignatureForAnotherServiceIsRefused) {
  const Sent sent = SignedByBotocore();
  EXPECT_EQ(WordsOf(Verify(sent, SignedAt(), DemoPair(), "lambda")),
            "InvalidSignatureException: Credential should be scoped to "
            "correct service: 'lambda'. ");
}

TEST(VerifierTest, ASignedHeaderThatWasNotSentStandsForAnEmptyOne) {
  Sent sent = SignedByBotocore();
  sent.Remove("Content-Type");
  EXPECT_THAT(WordsOf(Verify(sent)), HasSubstr("\n\ncontent-type:\nhost:"));
}

}  // namespace
}  // namespace invocator
