#include "common/http/http_fetch.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// Answers every connection's first request with `answer`, and keeps it.
class HttpFetchTest : public testing::Test {
 protected:
  absl::StatusOr<HttpResponse> FetchAnswered(absl::string_view answer) {
    ScriptedServer server([&](ScriptedServer::Connection& connection) {
      received_ = connection.ReadRequest();
      connection.Send(answer);
    });
    request_.url = absl::StrCat(server.url(), path_);
    return HttpFetch(request_);
  }

  HttpRequest request_;
  std::string path_ = "/path/%2f/../x?q=1";
  std::string received_;
};

constexpr absl::string_view kOk =
    "HTTP/1.1 200 OK\r\nX-One: 1\r\nx-two:  two \r\nContent-Length: 5\r\n\r\n"
    "hello";

TEST_F(HttpFetchTest, AnswerHasStatusHeadersAndBody) {
  const auto response = FetchAnswered(kOk);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_THAT(response->headers, Contains(Pair("x-one", "1")));
  EXPECT_EQ(response->Find("x-two"), "two");
  EXPECT_EQ(response->Find("x-three"), std::nullopt);
}

TEST_F(HttpFetchTest, TargetAndHeadersGoOutAsWritten) {
  request_.headers = {{"X-Name", "a: b"}, {"X-Empty", ""}};
  ASSERT_TRUE(FetchAnswered(kOk).ok());
  EXPECT_THAT(received_, AllOf(HasSubstr("GET /path/%2f/../x?q=1 HTTP/1.1\r\n"),
                               HasSubstr("\r\nX-Name: a: b\r\n"),
                               HasSubstr("\r\nX-Empty:\r\n"),
                               HasSubstr("\r\nHost: 127.0.0.1:")));
}

TEST_F(HttpFetchTest, HostHeaderOfTheRequestReplacesOurs) {
  request_.headers = {{"Host", "elsewhere.example.com"}};
  ASSERT_TRUE(FetchAnswered(kOk).ok());
  EXPECT_THAT(received_, AllOf(HasSubstr("\r\nHost: elsewhere.example.com\r\n"),
                               Not(HasSubstr("127.0.0.1"))));
}

TEST_F(HttpFetchTest, PutWithoutABodyIsAPutOfLengthZero) {
  request_.method = "PUT";
  ASSERT_TRUE(FetchAnswered(kOk).ok());
  EXPECT_THAT(received_, AllOf(HasSubstr("PUT /path"),
                               HasSubstr("\r\nContent-Length: 0\r\n"),
                               Not(HasSubstr("Content-Type"))));
}

TEST_F(HttpFetchTest, BodyIsSentWhole) {
  request_.method = "POST";
  request_.headers = {{"Content-Type", "text/x"}};
  request_.body = std::string(2'000'000, 'x') + std::string(1, '\0') + "end";
  ASSERT_TRUE(FetchAnswered(kOk).ok());
  EXPECT_THAT(received_, AllOf(HasSubstr("\r\nContent-Type: text/x\r\n"),
                               Not(HasSubstr("Expect"))));
  EXPECT_TRUE(absl::EndsWith(received_, request_.body));
}

TEST_F(HttpFetchTest, GetWithABodyStaysAGet) {
  request_.body = "{}";
  ASSERT_TRUE(FetchAnswered(kOk).ok());
  EXPECT_THAT(received_,
              AllOf(HasSubstr("GET /path"), HasSubstr("\r\n\r\n{}")));
}

TEST_F(HttpFetchTest, ErrorStatusIsAnAnswer) {
  const auto response =
      FetchAnswered("HTTP/1.1 503 Slow Down\r\nContent-Length: 4\r\n\r\nwait");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "wait");
}

TEST_F(HttpFetchTest, RedirectIsNotFollowed) {
  const auto response = FetchAnswered(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
      "Content-Length: 0\r\n\r\n");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 302);
}

TEST_F(HttpFetchTest, InterimAnswerIsPassedOver) {
  const auto response = FetchAnswered(
      absl::StrCat("HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n", kOk));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->Find("x-early"), std::nullopt);
}

TEST_F(HttpFetchTest, AnswerBeyondTheBoundIsAnError) {
  request_.max_response_bytes = 4;
  EXPECT_EQ(FetchAnswered(kOk).status().code(),
            absl::StatusCode::kResourceExhausted);
  request_.max_response_bytes = 5;
  EXPECT_TRUE(FetchAnswered(kOk).ok());
}

TEST_F(HttpFetchTest, HeadWithoutEndIsAnError) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 3000; ++i) head += "X-Again: and again and again\r\n";
  EXPECT_EQ(FetchAnswered(head).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(HttpFetchTest, AnswerCutShortIsUnavailable) {
  for (absl::string_view part :
       {"", "HTTP/1.1 200 OK\r\nX-One:", "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"}) {
    EXPECT_EQ(FetchAnswered(part).status().code(),
              absl::StatusCode::kUnavailable)
        << part;
  }
}

TEST_F(HttpFetchTest, SilentServerRunsIntoTheTimeout) {
  ScriptedServer server(
      [](ScriptedServer::Connection& connection) { connection.AwaitEnd(); });
  request_.url = server.url();
  request_.timeout = absl::Milliseconds(50);
  EXPECT_EQ(HttpFetch(request_).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

// A listener whose queue of connections is full: one more is not answered.
TEST_F(HttpFetchTest, WithoutAConnectionItIsUnavailable) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(listener, any, size), 0);
  ASSERT_EQ(getsockname(listener, any, &size), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  std::vector<int> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    connect(held.back(), any, size);
  }
  request_.url =
      absl::StrCat("http://127.0.0.1:", ntohs(address.sin_port), "/");
  request_.timeout = absl::Milliseconds(200);
  const absl::Status status = HttpFetch(request_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("not connected"));
  for (int fd : held) close(fd);
  close(listener);
}

TEST_F(HttpFetchTest, WordsOfLibcurlHaveNoBackslashes) {
  request_.url = "http://127.0.0.1:1/";  // "Couldn't connect to server"
  const absl::Status status = HttpFetch(request_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\\")));
}

TEST_F(HttpFetchTest, WhoGivesUpNeedNotWaitForTheTimeout) {
  ScriptedServer server(
      [](ScriptedServer::Connection& connection) { connection.AwaitEnd(); });
  request_.url = server.url();
  request_.timeout = absl::Hours(1);
  request_.give_up = [] { return true; };
  EXPECT_EQ(HttpFetch(request_).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(HttpFetchTest, ErrorNamesTheHostAndNoSecret) {
  request_.url = RefusingUrl() + "/secret?secret";
  request_.headers = {{"Authorization", "secret"}};
  const absl::Status status = HttpFetch(request_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("127.0.0.1:"), Not(HasSubstr("secret"))));
}

TEST_F(HttpFetchTest, ProxyOfTheEnvironmentIsNotAskedForLoopback) {
  setenv("http_proxy", RefusingUrl().c_str(), 1);
  const auto response = FetchAnswered(kOk);
  unsetenv("http_proxy");
  EXPECT_TRUE(response.ok()) << response.status();
}

TEST_F(HttpFetchTest, AProxyThatFailsIsNamed) {
  const std::string refusing = RefusingUrl();
  const std::string proxy = refusing.substr(sizeof("http://") - 1);
  for (const char* scheme : {"http", "https"}) {
    const std::string variable = absl::StrCat(scheme, "_proxy");
    setenv(variable.c_str(), absl::StrCat("user:secret@", proxy).c_str(), 1);
    request_.url = absl::StrCat(scheme, "://none.test/");
    const std::string message(HttpFetch(request_).status().message());
    unsetenv(variable.c_str());
    EXPECT_THAT(
        message,
        AllOf(HasSubstr(absl::StrCat("none.test, through the proxy ", proxy)),
              Not(HasSubstr("secret"))));
  }
}

TEST_F(HttpFetchTest, WhatMayNotBeSentIsRefusedBeforehand) {
  const auto code = [](HttpRequest request) {
    return HttpFetch(request).status().code();
  };
  HttpRequest good;
  good.url = RefusingUrl();
  EXPECT_EQ(code(good), absl::StatusCode::kUnavailable);
  for (const char* url :
       {"", "nonsense:", "ftp://127.0.0.1/", "file:///etc/passwd", "http://",
        "http://user:secret@127.0.0.1/", "http://127.0.0.1 /"}) {
    HttpRequest bad = good;
    bad.url = url;
    const absl::Status status = HttpFetch(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  }
  HttpRequest bad = good;
  bad.headers = {{"X-Name", "a\r\nX-Forged: 1"}};
  EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument);
  bad.headers = {{"X Name", "a"}};
  EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument);
  bad = good;
  bad.method = "GET /";
  EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace invocator
