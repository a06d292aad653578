#include "coordinator/report/failure_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace invocator {
namespace {

using testing::HasSubstr;
using testing::Not;

FailureReport FailureOf(Reason reason, const std::string& body = "") {
  FailureReport failure;
  failure.reason = reason;
  failure.count = 50;
  failure.instance = "i1";
  failure.worker = "w";
  failure.first.emplace();
  failure.first->status = 403;
  failure.first->sequence = 3;
  failure.first->scheduled_ns = 1'250'000'000;
  failure.first->body = body;
  return failure;
}

std::string TextOf(std::vector<FailureReport> failures) {
  RunReport report;
  report.failures = std::move(failures);
  return FailureText(report);
}

constexpr char kMismatch[] =
    R"({"message":"The request signature we calculated does not match the )"
    R"(signature you provided. Check your AWS Secret Access Key and signing )"
    R"(method. Consult the service documentation for details.\n\nThe )"
    R"(Canonical String for this request should have been\n'GET\n)"
    R"(/path/%25C3%25A4\n\nhost:h\n\nhost\nabc'\n\nThe String-to-Sign )"
    R"(should have been\n'AWS4-HMAC-SHA256\n'\n"})";

TEST(FailureTextTest, AKindIsToldWithItsFirstAnswer) {
  FailureReport failure = FailureOf(
      Reason::kMissingToken, R"({"message":"Missing Authentication Token"})");
  failure.first->error_type = "MissingAuthenticationTokenException";
  EXPECT_EQ(TextOf({failure}),
            "failures     auth_error, missing_authentication_token 50: the "
            "request was not signed, or there is no such stage, resource or "
            "method: API Gateway says the same to all of these\n"
            "             first i1 #3 at 1.250 s: 403 "
            "MissingAuthenticationTokenException: Missing Authentication "
            "Token\n");
}

TEST(FailureTextTest, AServerThatWantsAnotherTlsIsTold) {
  const struct {
    const char* body;
    const char* hint;
  } cases[] = {
      {"<title>400 No required SSL certificate was sent</title>",
       "--client-cert and --client-key"},
      {"<title>400 The SSL certificate error</title>",
       "refuses the certificate of --client-cert"},
      {"<title>400 The plain HTTP request was sent to HTTPS port</title>",
       "https://"},
      {"Reason: You're speaking plain HTTP to an SSL-enabled server port.<br "
       "/>",
       "https://"},
      {"Client sent an HTTP request to an HTTPS server.\n", "https://"},
      {"no such page", "answered by the function"},
      {"", "answered by the function"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(FailureHint(FailureOf(Reason::kStatus4xx, c.body)),
                HasSubstr(c.hint));
  }
  FailureReport without = FailureOf(Reason::kStatus4xx);
  without.first.reset();
  EXPECT_THAT(FailureHint(without), HasSubstr("answered by the function"));
}

TEST(FailureTextTest, AProxyIsToldFromTheTarget) {
  const struct {
    Reason reason;
    const char* detail;
    const char* hint;
  } cases[] = {
      {Reason::kProxyRefused, "the proxy answered CONNECT with 407",
       "wants credentials"},
      {Reason::kProxyRefused, "the proxy answered CONNECT with 502",
       "failed or refused to connect"},
      {Reason::kConnectTimeout,
       "still waiting for the proxy 127.0.0.1:1 to answer CONNECT",
       "check the proxy"},
      {Reason::kConnectTimeout, "still connecting to the proxy 127.0.0.1:1",
       "check the proxy"},
      {Reason::kConnectTimeout, "still connecting to 127.0.0.1:1",
       "a firewall may drop it"},
  };
  for (const auto& c : cases) {
    FailureReport failure = FailureOf(c.reason);
    failure.first->detail = c.detail;
    EXPECT_THAT(FailureHint(failure), HasSubstr(c.hint)) << c.detail;
  }
}

TEST(FailureTextTest, NoFailuresNoText) { EXPECT_EQ(TextOf({}), ""); }

TEST(FailureTextTest, TheCanonicalRequestOfAwsIsQuotedInItsMessage) {
  EXPECT_EQ(QuotedCanonicalRequest(MessageOf(kMismatch)),
            "GET\n/path/%25C3%25A4\n\nhost:h\n\nhost\nabc");
  EXPECT_EQ(QuotedCanonicalRequest("Forbidden"), "");
  EXPECT_EQ(QuotedCanonicalRequest(""), "");
}

TEST(FailureTextTest, ACanonicalRequestThatWasCutIsNotCompared) {
  const std::string cut = std::string(kMismatch).substr(0, 280);
  EXPECT_THAT(MessageOf(cut), HasSubstr("should have been\n'GET\n"));
  EXPECT_EQ(QuotedCanonicalRequest(MessageOf(cut)), "");
}

TEST(FailureTextTest, LinesThatDifferAreToldApart) {
  FailureReport failure = FailureOf(Reason::kSignatureMismatch, kMismatch);
  failure.first->canonical_request = "GET\n/path/%C3%A4\n\nhost:h\n\nhost\nabc";
  const std::string text = TextOf({failure});
  EXPECT_THAT(text, HasSubstr("\n               GET\n"
                              "             - /path/%25C3%25A4\n"
                              "             + /path/%C3%A4\n"));
  EXPECT_THAT(text, HasSubstr("for details.\n"));
  EXPECT_THAT(text, Not(HasSubstr("String-to-Sign")));
}

TEST(FailureTextTest, EqualCanonicalRequestsPointAtTheSecret) {
  FailureReport failure = FailureOf(Reason::kSignatureMismatch, kMismatch);
  failure.first->canonical_request =
      "GET\n/path/%25C3%25A4\n\nhost:h\n\nhost\nabc";
  const std::string text = TextOf({failure});
  EXPECT_THAT(text, HasSubstr("are the same: the secret access key is not"));
  EXPECT_THAT(text, Not(HasSubstr("%25C3")));
}

TEST(FailureTextTest, AClockThatIsOffIsSaidInWords) {
  FailureReport failure = FailureOf(Reason::kClockSkew);
  EXPECT_THAT(FailureHint(failure), Not(HasSubstr("clock of")));
  failure.first->date_ahead_s = 600;
  EXPECT_THAT(FailureHint(failure), HasSubstr("worker w is 10m behind"));
  failure.first->date_ahead_s = -86'400;
  EXPECT_THAT(FailureHint(failure), HasSubstr("worker w is 24h ahead"));
  failure.first->date_ahead_s = -1;
  EXPECT_THAT(FailureHint(failure), HasSubstr("agrees"));
}

TEST(FailureTextTest, WhatAServerSaysStaysOnItsLine) {
  FailureReport failure = FailureOf(Reason::kForbidden,
                                    "a\x1b[31m\nb\xc2\x9b"
                                    "1m\x7f" +
                                        std::string(5'000, 'x'));
  failure.first->error_type = "\r\nx";
  const std::string text = TextOf({failure});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  for (const char* bad : {"\x1b", "\r", "\x7f", "\xc2\x9b"}) {
    EXPECT_THAT(text, Not(HasSubstr(bad)));
  }
  EXPECT_LT(text.size(), 1'000u);
}

TEST(FailureTextTest, WhatTheTransportMetIsToldInItsWords) {
  FailureReport failure = FailureOf(Reason::kCertificateExpired);
  failure.first->status = 0;
  failure.first->detail = "certificate has\nexpired";
  EXPECT_EQ(TextOf({failure}),
            "failures     tls_error, certificate_expired 50: the target's "
            "certificate has expired, unless the clock of worker w is off\n"
            "             first i1 #3 at 1.250 s: certificate has expired\n");
  failure = FailureOf(Reason::kBodyTimeout, "half a bo");
  failure.first->status = 200;
  failure.first->detail = "after 9 of 100 bytes of the body";
  EXPECT_THAT(
      TextOf({failure}),
      HasSubstr(" at 1.250 s: 200: after 9 of 100 bytes of the body\n"));
  failure = FailureOf(Reason::kFirstByteTimeout);
  failure.first->status = 0;
  EXPECT_THAT(TextOf({failure}), HasSubstr("first i1 #3 at 1.250 s\n"));
}

TEST(FailureTextTest, AFewFurtherInstancesFollowTheFirst) {
  RunReport report;
  report.failures = {FailureOf(Reason::kConnectionRefused)};
  for (size_t i = 1; i <= 6; ++i) {
    FailureReport other = FailureOf(Reason::kConnectionRefused);
    other.instance = "i" + std::to_string(i);
    other.first->detail = "refused";
    FailureReport unlike = FailureOf(Reason::kUnreachable);
    unlike.instance = other.instance;
    report.instance_failures[i] = {unlike, other};
  }
  const std::string text = FailureText(report);
  for (const char* name : {"first i2", "first i3", "first i4"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
  EXPECT_THAT(text, Not(HasSubstr("first i5")));
  EXPECT_THAT(text, HasSubstr("... and 2 more instances, see summary.json\n"));
  report.instance_failures.erase(6);
  report.instance_failures.erase(5);
  EXPECT_THAT(FailureText(report), Not(HasSubstr("more instances")));
}

TEST(FailureTextTest, HintsNameWhatToSet) {
  const struct {
    Reason reason;
    const char* hint;
  } cases[] = {
      {Reason::kUnknownCa, "--ca-file"},
      {Reason::kSelfSigned, "--ca-file"},
      {Reason::kClientCertificateRequired, "--client-cert"},
      {Reason::kClientCertificateRefused, "--client-cert"},
      {Reason::kProxyRefused, "NO_PROXY"},
      {Reason::kProxyFailed, "NO_PROXY"},
      {Reason::kCertificateExpired, "clock of worker w"},
      {Reason::kCertificateNotYetValid, "clock of worker w"},
      {Reason::kNotTls, "http://"},
      {Reason::kNoLocalResources, "ulimit -n"},
      {Reason::kConnectionRefused, "port"},
      {Reason::kUnexpected2xx, "\"expect\""},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(FailureHint(FailureOf(c.reason)), HasSubstr(c.hint));
  }
}

TEST(FailureTextTest, EveryReasonHasAHint) {
  for (size_t i = 1; i < kReasons; ++i) {
    EXPECT_NE(FailureHint(FailureOf(static_cast<Reason>(i))), "") << i;
  }
}

TEST(FailureTextTest, BodiesOfOtherShapesAreShownAsTheyAre) {
  EXPECT_EQ(MessageOf(R"({"Message":"Forbidden"})"), "Forbidden");
  EXPECT_EQ(MessageOf(R"({"errorMessage":"division by zero"})"),
            "division by zero");
  EXPECT_EQ(MessageOf(R"({"message":1})"), R"({"message":1})");
  EXPECT_EQ(MessageOf("[1]"), "[1]");
  EXPECT_EQ(MessageOf("<html>"), "<html>");
  EXPECT_EQ(MessageOf(""), "");
}

}  // namespace
}  // namespace invocator
