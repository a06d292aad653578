#include "coordinator/web/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr char kToken[] =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    rules_.token = kToken;
    rules_.host = "127.0.0.1";
    rules_.port = 4321;
  }

  WebAnswer Get(absl::string_view target, std::vector<Header> headers = {}) {
    headers.emplace_back("Host", "127.0.0.1:4321");
    return AnswerTo({"GET", target, std::move(headers)}, rules_);
  }
  int StatusOf(absl::string_view target, std::vector<Header> headers = {}) {
    return Get(target, std::move(headers)).status;
  }
  int StatusFromHost(absl::string_view host) {
    return AnswerTo({"GET", "/", {{"Host", std::string(host)}, Cookie()}},
                    rules_)
        .status;
  }
  static Header Cookie(absl::string_view token = kToken) {
    return {"Cookie", absl::StrCat("invocator_4321=", token)};
  }

  AccessRules rules_;
};

TEST_F(AccessTest, TheUrlsTokenBecomesACookieThatScriptsCannotRead) {
  const WebAnswer answer = Get(absl::StrCat("/?token=", kToken));
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(answer.content, WebContent::kNone);
  EXPECT_THAT(answer.headers, Contains(Pair("Location", "/")));
  EXPECT_THAT(
      answer.headers,
      Contains(Pair("Set-Cookie",
                    absl::StrCat("invocator_4321=", kToken,
                                 "; HttpOnly; SameSite=Strict; Path=/"))));
}

TEST_F(AccessTest, TheCookieIsForTlsOnlyIfItCameOverTls) {
  rules_.tls = true;
  EXPECT_THAT(Get(absl::StrCat("/?token=", kToken)).headers,
              Contains(Pair("Set-Cookie", HasSubstr("; Secure"))));
}

TEST_F(AccessTest, TheCookieOpensThePageAndItsEvents) {
  EXPECT_EQ(Get("/", {Cookie()}).content, WebContent::kPage);
  EXPECT_EQ(Get("/events", {Cookie()}).content, WebContent::kEvents);
  EXPECT_EQ(Get("/", {{"cookie",
                       absl::StrCat("a=b; invocator_4321=", kToken, "; c=d")}})
                .content,
            WebContent::kPage);
  EXPECT_EQ(StatusOf("/nothing", {Cookie()}), 404);
}

TEST_F(AccessTest, WithoutTheRightTokenThereIsNothingToSee) {
  std::string almost = kToken;
  almost.back() = '0';
  for (const char* path : {"/", "/events", "/nothing", "/index.html", "//"}) {
    EXPECT_EQ(StatusOf(path), 401) << path;
    for (const std::string& wrong :
         {std::string(), almost, almost.substr(1), std::string(kToken) + "0"}) {
      EXPECT_EQ(StatusOf(path, {Cookie(wrong)}), 401) << path << wrong;
    }
    EXPECT_EQ(
        StatusOf(path, {{"Cookie", absl::StrCat("invocator_1=", kToken)}}),
        401);
    EXPECT_EQ(
        StatusOf(path, {{"Authorization", absl::StrCat("Bearer ", kToken)}}),
        401);
  }
  EXPECT_EQ(StatusOf(absl::StrCat("/?token=", almost)), 401);
  EXPECT_EQ(StatusOf("/?token="), 401);
  EXPECT_EQ(StatusOf(absl::StrCat("/?token=", kToken, "&a=b")), 401);
  EXPECT_EQ(StatusOf(absl::StrCat("/events?token=", kToken)), 401);
}

TEST_F(AccessTest, AWrongTokenInTheUrlIsRefusedEvenWithTheCookie) {
  EXPECT_EQ(StatusOf("/?token=00", {Cookie()}), 401);
}

TEST_F(AccessTest, LoopbackNamesAreItsNamesOnAnyPort) {
  // ssh -L maps any port to ours.
  for (const char* host :
       {"localhost", "LOCALHOST:9000", "127.0.0.1", "127.0.0.1:9000",
        "127.8.8.8:1", "[::1]", "[::1]:9000"}) {
    EXPECT_EQ(StatusFromHost(host), 200) << host;
  }
}

TEST_F(AccessTest, AnotherNameIsRefusedThoughItResolvesToUs) {
  for (const char* host :
       {"evil.example", "evil.example:4321", "localhost.evil.example",
        "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0:4321", "127.evil",
        "2130706433", "[::2]:80", "notlocalhost"}) {
    EXPECT_EQ(StatusFromHost(host), 421) << host;
  }
}

TEST_F(AccessTest, AHostThatIsNoneIsRefused) {
  for (const char* host :
       {"", ":80", "a b", "localhost/..", "localhost@evil.example",
        "localhost, evil.example", "localhost:x", "[::1", "user@localhost",
        "localhost:80:80", "localhost\t"}) {
    EXPECT_EQ(StatusFromHost(host), 400) << host;
  }
  EXPECT_EQ(AnswerTo({"GET", "/", {Cookie()}}, rules_).status, 400);
  EXPECT_EQ(AnswerTo({"GET",
                      "/",
                      {Cookie(), {"Host", "localhost"}, {"host", "localhost"}}},
                     rules_)
                .status,
            400);
}

TEST_F(AccessTest, TheGivenHostIsItsName) {
  rules_.host = "load.example";
  EXPECT_EQ(StatusFromHost("Load.Example:8443"), 200);
  EXPECT_EQ(StatusFromHost("localhost"), 200);
  EXPECT_EQ(StatusFromHost("other.example"), 421);
  rules_.host = "";  // all addresses
  EXPECT_EQ(StatusFromHost("other.example"), 200);
}

TEST_F(AccessTest, OtherSitesAreRefusedThoughTheBrowserSendsTheCookie) {
  for (const Header& header :
       {Header("Origin", "http://evil.example"), Header("Origin", "null"),
        // Another port of this machine is the same site to a cookie.
        Header("Origin", "http://127.0.0.1:3000"),
        Header("Origin", "https://127.0.0.1:4321"), Header("Origin", ""),
        Header("Sec-Fetch-Site", "cross-site"),
        Header("Sec-Fetch-Site", "same-site"), Header("sec-fetch-site", "x")}) {
    for (const char* path : {"/", "/events", "/metrics"}) {
      EXPECT_EQ(StatusOf(path, {Cookie(), header}), 403) << header.second;
    }
    EXPECT_EQ(StatusOf(absl::StrCat("/?token=", kToken), {header}), 403);
  }
  EXPECT_EQ(StatusOf("/events", {Cookie(),
                                 {"Origin", "http://127.0.0.1:4321"},
                                 {"Sec-Fetch-Site", "same-origin"}}),
            200);
  EXPECT_EQ(StatusOf("/", {Cookie(), {"Sec-Fetch-Site", "none"}}), 200);
}

TEST_F(AccessTest, NobodyMayWrite) {
  for (const char* method :
       {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"}) {
    const WebAnswer answer =
        AnswerTo({method, "/", {{"Host", "localhost"}, Cookie()}}, rules_);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_THAT(answer.headers, Contains(Pair("Allow", "GET, HEAD")));
  }
  EXPECT_EQ(StatusOf("/", {Cookie(), {"Content-Length", "1"}}), 400);
  EXPECT_EQ(StatusOf("/", {Cookie(), {"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(StatusOf("/", {Cookie(), {"Content-Length", "0"}}), 200);
  EXPECT_EQ(StatusOf("http://localhost/", {Cookie()}), 400);
  EXPECT_EQ(StatusOf("*", {Cookie()}), 400);
}

TEST_F(AccessTest, MetricsNeedNoTokenUnlessThereIsOne) {
  EXPECT_EQ(Get("/metrics").content, WebContent::kMetrics);
  EXPECT_EQ(Get("/metrics?x=y").content, WebContent::kMetrics);
  rules_.bearer = "sixteen-letters-or-more";
  EXPECT_EQ(StatusOf("/metrics"), 401);
  EXPECT_EQ(StatusOf("/metrics", {Cookie()}), 401);
  const auto with = [&](absl::string_view value) {
    return StatusOf("/metrics", {{"Authorization", std::string(value)}});
  };
  EXPECT_EQ(with("Bearer sixteen-letters-or-more"), 200);
  EXPECT_EQ(with("bearer sixteen-letters-or-more"), 200);
  EXPECT_EQ(with("Bearer sixteen-letters-or-mor"), 401);
  EXPECT_EQ(with("Basic sixteen-letters-or-more"), 401);
  EXPECT_EQ(with("sixteen-letters-or-more"), 401);
  EXPECT_EQ(with(""), 401);
  EXPECT_THAT(Get("/metrics").headers,
              Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST_F(AccessTest, WithoutAPageThereIsMetricsOnly) {
  rules_.token = "";
  EXPECT_EQ(Get("/metrics").content, WebContent::kMetrics);
  for (const char* target : {"/", "/events", "/?token="}) {
    EXPECT_EQ(StatusOf(target), 404) << target;
    EXPECT_EQ(StatusOf(target, {Cookie("")}), 404) << target;
  }
  rules_.has_metrics = false;
  EXPECT_EQ(StatusOf("/metrics"), 404);
}

TEST_F(AccessTest, EveryAnswerForbidsFramesAndSniffing) {
  for (const WebContent content : {WebContent::kNone, WebContent::kPage,
                                   WebContent::kEvents, WebContent::kMetrics}) {
    const std::vector<Header> headers =
        SecurityHeaders(content, "default-src 'none'; frame-ancestors 'none'");
    EXPECT_THAT(headers, Contains(Pair("Content-Security-Policy",
                                       HasSubstr("frame-ancestors 'none'"))));
    EXPECT_THAT(headers, Contains(Pair("X-Frame-Options", "DENY")));
    EXPECT_THAT(headers, Contains(Pair("Referrer-Policy", "no-referrer")));
    EXPECT_THAT(headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
    EXPECT_THAT(headers, Contains(Pair("Cache-Control", "no-store")));
    for (const auto& [name, value] : headers) {
      EXPECT_THAT(name, Not(HasSubstr("Access-Control")));
    }
  }
}

TEST(DrawTokenTest, IsNeverTheSame) {
  const std::string first = DrawToken();
  EXPECT_EQ(first.size(), 64u);
  EXPECT_TRUE(std::all_of(first.begin(), first.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }));
  EXPECT_NE(first, DrawToken());
}

}  // namespace
}  // namespace invocator
