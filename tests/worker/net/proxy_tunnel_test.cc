#include "worker/net/proxy_tunnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The server is the proxy; what it says in the tunnel is the target's.
class ProxyTunnelTest : public InvokerFixture {
 protected:
  void SetUp() override {
    InvokerFixture::SetUp();
    setenv("SSL_CERT_FILE", tls_->ca_file().c_str(), 1);
  }
  void TearDown() override {
    invoker_.reset();
    server_.reset();
    unsetenv("SSL_CERT_FILE");
  }

  // "https://USER@127.0.0.1:PORT"
  std::string ProxyUrl(const std::string& user) const {
    return absl::StrCat("https://", user, Authority());
  }
  std::string Authority() const { return OriginOf(server_->url()).authority(); }
  void ServeTunnel(ScriptedServer::Script script,
                   const std::string& user = "") {
    Serve(std::move(script));
    setenv("http_proxy", ProxyUrl(user).c_str(), 1);
    SendTo("http://target.test:8080");
    unsetenv("http_proxy");
  }
  // Answers CONNECT so, then a call.
  void AnswerConnectWith(const std::string& answer) {
    ServeTunnel([answer](Connection& connection) {
      if (connection.ReadRequest().empty()) return;
      connection.Send(answer);
      while (!connection.ReadRequest().empty()) connection.Send(kOk);
    });
  }
  std::string FailureWith(Reason reason) {
    const Record record = SendAndAwait();
    EXPECT_EQ(ReasonName(record.reason), ReasonName(reason));
    EXPECT_EQ(record.outcome, OutcomeOf(reason));
    EXPECT_EQ(invoker_->connections().failed, 1u);
    const auto failures = invoker_->TakeFailures();
    return failures.empty() ? "" : failures[0].detail;
  }
  std::string ProxyName() const {
    return absl::StrCat("the proxy ", Authority());
  }
};
INSTANTIATE_TEST_SUITE_P(Tls, ProxyTunnelTest,
                         testing::Values(Transport::kDirectTls,
                                         Transport::kUringTls),
                         TransportName);

TEST_P(ProxyTunnelTest, CallsGoThroughItOneAfterTheOther) {
  ServeTunnel(
      [this](Connection& connection) {
        while (true) {
          std::string request = connection.ReadRequest();
          if (request.empty()) return;
          const bool is_connect = request.find("CONNECT") == 0;
          {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
          }
          connection.Send(is_connect ? "HTTP/1.1 200 Connected\r\n\r\n" : kOk);
        }
      },
      "us%65r:s3cret@");
  EXPECT_TRUE(SendAndAwait(0).new_connection);
  const Record second = SendAndAwait(1);
  EXPECT_EQ(second.outcome, Outcome::kOk);
  EXPECT_FALSE(second.new_connection);
  ASSERT_EQ(requests().size(), 3u);
  // RFC 9110, 9.3.6, and RFC 7617: base64 of "user:s3cret".
  EXPECT_THAT(requests()[0], StartsWith("CONNECT target.test:8080 HTTP/1.1\r\n"
                                        "Host: target.test:8080\r\n"));
  EXPECT_THAT(requests()[0],
              HasSubstr("\r\nProxy-Authorization: Basic dXNlcjpzM2NyZXQ=\r\n"));
  EXPECT_THAT(requests()[1], StartsWith("POST "));
  EXPECT_THAT(requests()[1], Not(HasSubstr("Proxy-Authorization")));
}

TEST_P(ProxyTunnelTest, AnyTwoHundredOpensTheTunnel) {
  for (const char* answer :
       {"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 299\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nVia: a\r\n\r\n",
        "HTTP/1.1 100\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        // To be ignored, says RFC 9110, 9.3.6.
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    AnswerConnectWith(answer);
    EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk) << answer;
  }
}

TEST_P(ProxyTunnelTest, ARefusalHasItsStatus) {
  for (const char* status : {"407", "502", "300"}) {
    AnswerConnectWith(absl::StrCat("HTTP/1.1 ", status, " No\r\n\r\n"));
    EXPECT_EQ(FailureWith(Reason::kProxyRefused),
              absl::StrCat("the proxy answered CONNECT with ", status));
  }
}

TEST_P(ProxyTunnelTest, AMalformedAnswerIsProxyFailed) {
  for (const char* answer :
       {"SSH-2.0\r\n\r\n", "\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/2 200 Connected\r\n\r\n", "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n"}) {
    AnswerConnectWith(answer);
    EXPECT_EQ(FailureWith(Reason::kProxyFailed),
              absl::StrCat("the answer of ", ProxyName(),
                           " to CONNECT: it is not HTTP/1.1"))
        << answer;
  }
}

TEST_P(ProxyTunnelTest, AnswersMayTake64KiBTogether) {
  std::string interim;
  while (interim.size() <= 65'536) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  for (const std::string& answer :
       {"HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'a'), interim}) {
    AnswerConnectWith(answer);
    EXPECT_EQ(FailureWith(Reason::kProxyFailed),
              absl::StrCat("the answer of ", ProxyName(),
                           " to CONNECT: its headers exceed 64 KiB"));
  }
  const std::string most = "HTTP/1.1 200 OK\r\nA: \r\n\r\n";
  AnswerConnectWith("HTTP/1.1 200 OK\r\nA: " +
                    std::string(65'536 - most.size(), 'a') + "\r\n\r\n");
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
}

// One send, and so one event: no other one tells of the rest.
TEST_P(ProxyTunnelTest, WhatComesWithTheAnswerIsRead) {
  ServeTunnel([](Connection& connection) {
    connection.ReadRequest();
    connection.Send(
        "HTTP/1.1 200 OK\r\n\r\n"
        "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    connection.AwaitEnd();
  });
  EXPECT_EQ(SendAndAwait().status, 503u);
}

TEST_P(ProxyTunnelTest, AnEndThatComesWithTheAnswerIsSeen) {
  ServeTunnel([](Connection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\n\r\n");
    connection.ShutDownWrites();
    connection.AwaitEnd();
  });
  const Record record = SendAndAwait();
  EXPECT_EQ(ReasonName(record.reason), ReasonName(Reason::kClosedBeforeAnswer));
}

TEST_P(ProxyTunnelTest, AClosedConnectIsProxyFailed) {
  for (const auto& end : {&Connection::ShutDownWrites, &Connection::Cut}) {
    ServeTunnel([end](Connection& connection) {
      connection.ReadRequest();
      connection.Send("HTTP/1.1 20");
      (connection.*end)();
    });
    EXPECT_EQ(FailureWith(Reason::kProxyFailed),
              absl::StrCat("waiting for ", ProxyName(),
                           " to answer CONNECT: closed by the proxy"));
  }
}

TEST_P(ProxyTunnelTest, TheProxysCertificateIsVerified) {
  Serve([](Connection& connection) { connection.ReadRequest(); });
  const SelfSigned other;
  setenv("SSL_CERT_FILE", other.cert_file().c_str(), 1);
  setenv("http_proxy", ProxyUrl("").c_str(), 1);
  SendTo("http://target.test:8080");
  unsetenv("http_proxy");
  EXPECT_THAT(FailureWith(Reason::kProxyFailed),
              StartsWith(absl::StrCat("TLS with ", ProxyName(), ": self")));
}

// What is for the target is none of the proxy's.
TEST_P(ProxyTunnelTest, TheProxyIsShownNoCertificateOfOurs) {
  const SelfSigned client;
  target_.client_cert = client.cert_file();
  target_.client_key = client.key_file();
  SpeakTls({.wants_client_certificate = true, .client_ca = client.cert_file()});
  target_.ca_file = "";
  setenv("SSL_CERT_FILE", tls_->ca_file().c_str(), 1);
  AnswerConnectWith("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_THAT(FailureWith(Reason::kProxyFailed),
              testing::AllOf(StartsWith("TLS with " + ProxyName() + ": "),
                             HasSubstr("certificate")));
}

TEST_P(ProxyTunnelTest, ATimeoutNamesTheStep) {
  instance().timeout = absl::Milliseconds(300);
  ServeTunnel([](Connection& connection) {
    connection.ReadRequest();
    connection.AwaitEnd();
  });
  EXPECT_EQ(
      FailureWith(Reason::kConnectTimeout),
      absl::StrCat("still waiting for ", ProxyName(), " to answer CONNECT"));
  server_.reset();
  tls_.reset();  // the next one speaks none
  unsetenv("SSL_CERT_FILE");
  ServeTunnel([](Connection& connection) { connection.AwaitEnd(); });
  EXPECT_EQ(FailureWith(Reason::kConnectTimeout),
            absl::StrCat("still in the TLS handshake with ", ProxyName()));
}

}  // namespace
}  // namespace invocator
