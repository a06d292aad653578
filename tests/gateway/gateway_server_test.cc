// The gateway's server: its connections, its TLS, its start and its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gateway/server.h"
#include "tests/support/gateway_fixture.h"
#include "tests/support/raw_client.h"
#include "tests/support/self_signed.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// One suite, in two files.
using GatewayServerTest = GatewayFixture;

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

}  // namespace
}  // namespace invocator
