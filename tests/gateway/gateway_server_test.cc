#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/server.h"
#include "tests/support/raw_client.h"
#include "tests/support/self_signed.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPing[] = "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr char kCall[] =
    "POST /default/f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
    "\r\n{}";

class GatewayServerTest : public ::testing::Test {
 protected:
  GatewayServerTest() { options_.server.port = 0; }
  ~GatewayServerTest() override { StopServer(); }

  void StartServer() {
    auto server = GatewayServer::Create(options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    port_ = server_->port();
    thread_ = std::thread([this] { server_->Run(); });
  }

  void StopServer() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }

  std::string Ask(absl::string_view request) {
    RawClient client(port_);
    client.Send(request);
    return client.ReadResponse();
  }

  // Until the statistics say so, or the deadline has passed.
  bool WaitForStats(absl::string_view text) {
    auto end = std::chrono::steady_clock::now() + RawClient::kDeadline;
    while (std::chrono::steady_clock::now() < end) {
      if (absl::StrContains(
              Ask("GET /_stats HTTP/1.1\r\nHost: localhost\r\n\r\n"), text)) {
        return true;
      }
    }
    return false;
  }

  GatewayOptions options_;
  std::unique_ptr<GatewayServer> server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(GatewayServerTest, EndsThoughATimerHasJustGoneOff) {
  auto server = GatewayServer::Create(options_);
  ASSERT_TRUE(server.ok()) << server.status();
  // Longer than the time between two sweeps: stop event and timer are ready at
  // the same time.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  (*server)->Stop();
  std::promise<void> ended;
  std::thread thread([&] {
    (*server)->Run();
    server->reset();
    ended.set_value();
  });
  const auto how = ended.get_future().wait_for(RawClient::kDeadline);
  ASSERT_EQ(how, std::future_status::ready);
  thread.join();
}

TEST_F(GatewayServerTest, OneConnectionServesManyRequests) {
  StartServer();
  RawClient client(port_);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(client.Send(kCall));
    ASSERT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  client.Send("GET /_stats HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::string stats = client.ReadResponse();
  EXPECT_THAT(stats, HasSubstr("\"connections_accepted\": 1,"));
  EXPECT_THAT(stats, HasSubstr("\"requests\": 100,"));
}

TEST_F(GatewayServerTest, PipelinedRequestsAreAnsweredInOrder) {
  options_.router.functions.latency.scale = absl::Milliseconds(5);
  StartServer();
  RawClient client(port_);
  ASSERT_TRUE(client.Send(
      absl::StrCat(kCall, "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n", kPing)));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_THAT(client.ReadResponse(), HasSubstr("healthy"));
}

TEST_F(GatewayServerTest, RequestMayArriveByteByByte) {
  StartServer();
  RawClient client(port_);
  for (char c : std::string(kCall)) client.Send(absl::string_view(&c, 1));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(GatewayServerTest, UnsignedRequestIsRefusedWhereSignaturesAreAsked) {
  options_.router.credentials = DemoCredentials();
  StartServer();
  EXPECT_THAT(Ask(kCall),
              AllOf(StartsWith("HTTP/1.1 403 Forbidden\r\n"),
                    HasSubstr("MissingAuthenticationTokenException")));
}

TEST_F(GatewayServerTest, AnswerComesAfterTheLatency) {
  options_.router.functions.latency.scale = absl::Milliseconds(50);
  StartServer();
  auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(Ask(kCall), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_GE(std::chrono::steady_clock::now() - start,
            std::chrono::milliseconds(50));
}

TEST_F(GatewayServerTest, GarbageIsRefusedAndServingGoesOn) {
  StartServer();
  std::mt19937 generator(1);
  for (int round = 0; round < 50; ++round) {
    std::string garbage(1 + generator() % 3000, '\0');
    for (char& c : garbage) c = static_cast<char>(generator());
    RawClient client(port_);
    client.Send(garbage);
    client.Send("\r\n\r\n");
    std::string response = client.ReadResponse();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  }
  EXPECT_THAT(Ask(kPing), HasSubstr("healthy"));
}

TEST_F(GatewayServerTest, MalformedRequestsAreRefused) {
  StartServer();
  for (std::string request :
       {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET http://h/a/b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a/b HTTP/1.1\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: a b/c\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: a@b\r\n\r\n",
        "GET /a/b HTTP/9.9\r\nHost: h\r\n\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "zz\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "ffffffffffffffffff\r\n"}) {
    EXPECT_THAT(Ask(request), StartsWith("HTTP/1.1 400 Bad Request\r\n"))
        << request;
  }
}

std::string CallWithHeaderOf(size_t bytes) {
  return absl::StrCat("GET /a/b HTTP/1.1\r\nHost: h\r\nX: ",
                      std::string(bytes, 'x'), "\r\n\r\n");
}

TEST_F(GatewayServerTest, HeadersMayHave10240Bytes) {
  StartServer();
  // "Host: h\r\n" and "X: \r\n" are 14 bytes.
  EXPECT_THAT(Ask(CallWithHeaderOf(10'240 - 14)), StartsWith("HTTP/1.1 200"));
  for (size_t bytes : {10'240u - 13u, 30'000u, 3'000'000u}) {
    EXPECT_THAT(Ask(CallWithHeaderOf(bytes)), StartsWith("HTTP/1.1 431"))
        << bytes;
  }
}

TEST_F(GatewayServerTest, LongTargetIsRefused) {
  StartServer();
  EXPECT_THAT(Ask(absl::StrCat("GET /a/", std::string(8192, 'b'),
                               " HTTP/1.1\r\nHost: h\r\n\r\n")),
              StartsWith("HTTP/1.1 414"));
}

std::string CallWithBodyOf(size_t bytes) {
  return absl::StrCat("POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: ",
                      bytes, "\r\n\r\n", std::string(bytes, 'x'));
}

TEST_F(GatewayServerTest, BodyMayHave10Megabytes) {
  StartServer();
  RawClient client(port_);
  ASSERT_TRUE(client.Send(CallWithBodyOf(10 * 1024 * 1024)));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, LargerBodyIsRefusedAndItsSenderReadsTheAnswer) {
  StartServer();
  const std::string chunked = absl::StrCat(
      "POST /a/b HTTP/1.1\r\nHost: h\r\n"
      "Transfer-Encoding: chunked\r\n\r\nb00000\r\n",
      std::string(0xb00000, 'x'), "\r\n0\r\n\r\n");
  for (const std::string& request :
       {CallWithBodyOf(11 * 1024 * 1024), chunked}) {
    RawClient client(port_);
    ASSERT_TRUE(client.Send(request));
    std::string response = client.ReadResponse();
    EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 413"),
                                HasSubstr("RequestTooLargeException"),
                                HasSubstr("Request Too Long")));
    EXPECT_TRUE(client.AtEnd());
  }
}

TEST_F(GatewayServerTest, ChunkedBodyIsRead) {
  StartServer();
  EXPECT_THAT(Ask("POST /a/b HTTP/1.1\r\nHost: h\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  StartServer();
  RawClient client(port_);
  client.Send(
      "POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadResponse(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("{}");
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, HeadHasNoBody) {
  StartServer();
  RawClient client(port_);
  client.Send("HEAD /a/b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(/*head=*/true), StartsWith("HTTP/1.1 200"));
  client.Send(kPing);
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, ConnectionCloseIsHonoured) {
  StartServer();
  for (const char* request :
       {"GET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /ping HTTP/1.0\r\n\r\n"}) {
    RawClient client(port_);
    client.Send(request);
    EXPECT_THAT(client.ReadResponse(), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(client.AtEnd());
  }
}

TEST_F(GatewayServerTest, HalfARequestThenCloseLeavesNothingBehind) {
  StartServer();
  for (size_t half : {1u, 20u, 60u}) {
    RawClient client(port_);
    client.Send(absl::string_view(kCall).substr(0, half));
  }
  // The one that asks.
  EXPECT_TRUE(WaitForStats("\"connections_open\": 1,"));
}

TEST_F(GatewayServerTest, ClientThatLeavesDuringItsCallLeavesNothingBehind) {
  options_.router.functions.latency.scale = absl::Milliseconds(50);
  StartServer();
  { RawClient(port_).Send(kCall); }
  EXPECT_TRUE(WaitForStats("\"connections_open\": 1,"));
  EXPECT_THAT(Ask(kPing), HasSubstr("healthy"));
}

TEST_F(GatewayServerTest, SilentConnectionIsClosed) {
  options_.server.idle_timeout = absl::Milliseconds(500);
  StartServer();
  RawClient silent(port_), answered(port_);
  answered.Send(kPing);
  EXPECT_THAT(answered.ReadResponse(), HasSubstr("healthy"));
  EXPECT_TRUE(silent.AtEnd());
  EXPECT_TRUE(answered.AtEnd());
}

TEST_F(GatewayServerTest, CallLongerThanTheIdleTimeoutIsAnswered) {
  options_.server.idle_timeout = absl::Milliseconds(500);
  options_.router.functions.latency.scale = absl::Milliseconds(1200);
  StartServer();
  EXPECT_THAT(Ask(kCall), StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, ConnectionsBeyondTheLimitAreClosed) {
  options_.server.max_connections = 2;
  StartServer();
  RawClient first(port_), second(port_);
  for (RawClient* client : {&first, &second}) {
    client->Send(kPing);
    ASSERT_THAT(client->ReadResponse(), HasSubstr("healthy"));
  }
  EXPECT_TRUE(RawClient(port_).AtEnd());
  first.Send("GET /_stats HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.ReadResponse(),
              AllOf(HasSubstr("\"connections_refused\": 1,"),
                    HasSubstr("\"connections_open\": 2,")));
}

TEST_F(GatewayServerTest, StopEndsCallsInFlight) {
  options_.router.functions.latency.scale = absl::Minutes(10);
  StartServer();
  RawClient client(port_);
  client.Send(kCall);
  ASSERT_TRUE(WaitForStats("\"requests\": 1,"));
  StopServer();
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(GatewayServerTest, AddressInUseIsAnErrorThatNamesIt) {
  StartServer();
  options_.server.port = port_;
  auto second = GatewayServer::Create(options_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(
      std::string(second.status().message()),
      HasSubstr(absl::StrCat("127.0.0.1:", port_, ": Address already in use")));
}

TEST_F(GatewayServerTest, ServesHttps) {
  SelfSigned certificate;
  options_.server.tls_cert_file = certificate.cert_file();
  options_.server.tls_key_file = certificate.key_file();
  StartServer();
  EXPECT_THAT(server_->url(), StartsWith("https://127.0.0.1:"));
  RawClient client(port_, certificate.cert_file());
  ASSERT_TRUE(client.connected());
  for (int i = 0; i < 3; ++i) {
    client.Send(kCall);
    EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  client.Send("GET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(), HasSubstr("healthy"));
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(GatewayServerTest, PlainHttpOnTheHttpsPortIsClosedAndServingGoesOn) {
  SelfSigned certificate;
  options_.server.tls_cert_file = certificate.cert_file();
  options_.server.tls_key_file = certificate.key_file();
  StartServer();
  EXPECT_EQ(Ask(kCall), "");
  RawClient client(port_, certificate.cert_file());
  client.Send(kPing);
  EXPECT_THAT(client.ReadResponse(), HasSubstr("healthy"));
}

TEST_F(GatewayServerTest, MissingCertificateIsAnErrorThatNamesIt) {
  options_.server.tls_cert_file = "/nowhere/cert.pem";
  options_.server.tls_key_file = "/nowhere/key.pem";
  auto server = GatewayServer::Create(options_);
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(std::string(server.status().message()),
              HasSubstr("cannot read certificate /nowhere/cert.pem: "));
}

TEST_F(GatewayServerTest, WhatProxiesReadInTwoWaysIsRefused) {
  StartServer();
  for (const char* lines :
       {"Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked;a=b\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n",
        "Content-Length: 2, 2\r\n",
        "Content-Length:\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 2 2\r\n",
        "Content-Length: 2.0\r\n",
        "Content-Length: 18446744073709551618\r\n",
        "A: b\r\n c\r\nContent-Length: 2\r\n",
        "A: b\r\n\tc\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\n \r\n",
        "A: b\nContent-Length: 2\r\n",
        "A: b\rContent-Length: 2\r\nContent-Length: 2\r\n",
        "A: b\x01\r\nContent-Length: 2\r\n",
        "A : b\r\nContent-Length: 2\r\n",
        "host: h\r\nContent-Length: 2\r\n"}) {
    EXPECT_THAT(
        Ask(absl::StrCat("POST /a/b HTTP/1.1\r\nHost: h\r\n", lines, "\r\n{}")),
        StartsWith("HTTP/1.1 400 Bad Request\r\n"))
        << lines;
  }
  EXPECT_THAT(Ask("POST /a/b HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "2\r\n{}\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(GatewayServerTest, WhatIsPlainInAnotherFormIsServed) {
  StartServer();
  for (const char* rest :
       {"Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding:  chunked \r\n\r\n0\r\n\r\n",
        "Content-Length: 02\r\n\r\n{}", "Content-Length: 3\r\n\r\n\n {",
        "A: b\tc  d\r\nContent-Length: 0\r\n\r\n"}) {
    EXPECT_THAT(Ask(absl::StrCat("POST /a/b HTTP/1.1\r\nHost: h\r\n", rest)),
                StartsWith("HTTP/1.1 200 OK\r\n"))
        << rest;
  }
}

}  // namespace
}  // namespace invocator
