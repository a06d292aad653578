// Every call that the transport failed has its reason, and words for people.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using testing::AllOf;
using testing::HasSubstr;

class InvokerReasonsTest : public InvokerFixture {
 protected:
  // The next call's: reason, and what its sample says.
  std::string Met(Reason reason) {
    const Record record = SendAndAwait();
    EXPECT_EQ(ReasonName(record.reason), ReasonName(reason));
    EXPECT_EQ(record.outcome, OutcomeOf(record.reason));
    const auto failures = invoker_->TakeFailures();
    EXPECT_EQ(failures.size(), 1u);
    if (failures.empty()) return "";
    EXPECT_EQ(failures[0].reason, record.reason);
    EXPECT_EQ(failures[0].status, record.status);
    return failures[0].detail;
  }
  void ServeOnce(const std::string& response) {
    Serve([response](Connection& connection) {
      connection.ReadRequest();
      connection.Send(response);
    });
  }
  // Never goes on after that.
  void ServeAndWait(const std::string& response) {
    Serve([response](Connection& connection) {
      connection.ReadRequest();
      connection.Send(response);
      connection.AwaitEnd();
    });
  }
  std::string AsHttps() const {
    return absl::StrCat("https",
                        server_->url().substr(server_->url().find(':')));
  }
};
INSTANTIATE_TEST_SUITE_P(Transports, InvokerReasonsTest, DirectTransport(),
                         TransportName);

TEST_P(InvokerReasonsTest, ARefusedConnection) {
  SendTo(RefusingUrl());
  EXPECT_THAT(Met(Reason::kConnectionRefused),
              AllOf(HasSubstr("127.0.0.1"), HasSubstr("Connection refused")));
}

// Nobody has looked it up: neither transport waits for that.
TEST_P(InvokerReasonsTest, AHostWithoutAddress) {
  SendTo("http://nosuch.invalid:1");
  for (int i = 0; i < 2; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(ReasonName(record.reason), "host_not_found");
    EXPECT_EQ(record.bytes_sent, 0u);
    EXPECT_FALSE(record.new_connection);
  }
  EXPECT_EQ(invoker_->connections().failed, 2u);
  const auto failures = invoker_->TakeFailures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].detail, "no address found for nosuch.invalid");
  Send();
  int aborted = 0;
  invoker_->AbortAll(clock_, [&](const Record&) { ++aborted; });
  EXPECT_EQ(aborted, 1);
  Send();  // left behind
}

TEST_P(InvokerReasonsTest, ANameLeadsToTheAddressesThatWereFound) {
  if (tls_ != nullptr) return;  // its certificate is for another name
  Answer(kOk);
  HostAddresses addresses(steady_, [](const std::string&) {
    return std::vector<std::string>{"127.0.0.1"};
  });
  addresses.Await({"a.test"}, kDeadlineNs, [] { return false; });
  const std::string url =
      absl::StrCat("http://a.test:", OriginOf(server_->url()).port);
  auto invoker = MakeInvoker(
      PrepareRequests(plan_, WholeShares(plan_), url, nullptr), addresses);
  ASSERT_TRUE(invoker.ok()) << invoker.status();
  invoker_ = *std::move(invoker);
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  EXPECT_FALSE(SendAndAwait().new_connection);
  invoker_.reset();  // before the addresses
}

TEST_P(InvokerReasonsTest, AConnectionThatEndsTooEarly) {
  ServeOnce("");
  Met(Reason::kClosedBeforeAnswer);
  ServeOnce("HTTP/1.1 200 OK\r\nContent-Le");
  Met(Reason::kClosedInHead);
  ServeOnce("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  Met(Reason::kClosedInBody);
}

TEST_P(InvokerReasonsTest, WhatHasNotComeInTime) {
  instance().timeout = absl::Milliseconds(300);
  ServeAndWait("");
  Met(Reason::kFirstByteTimeout);
  ServeAndWait("HTTP/1.1 200 OK\r\nX: y\r\n");
  Met(Reason::kHeadTimeout);
  ServeAndWait("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  Met(Reason::kBodyTimeout);
  if (tls_ == nullptr) return;
  server_ = std::make_unique<ScriptedServer>(
      [](Connection& connection) { connection.AwaitEnd(); });
  SendTo(AsHttps());
  EXPECT_EQ(Met(Reason::kTlsHandshakeTimeout), "still in the TLS handshake");
}

TEST_P(InvokerReasonsTest, ARequestThatIsNotTakenInTime) {
  instance().timeout = absl::Milliseconds(300);
  SetBodies({std::string(30'000'000, 'b')});
  Serve([this](Connection&) { client_did_.Await(1); });
  Met(Reason::kSendTimeout);
  client_did_.Reach(1);
}

TEST_P(InvokerReasonsTest, AServerWithoutTls) {
  server_ = std::make_unique<ScriptedServer>([](Connection& connection) {
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.AwaitEnd();
  });
  SendTo(AsHttps());
  EXPECT_THAT(Met(Reason::kNotTls), HasSubstr("wrong version number"));
}

TEST_P(InvokerReasonsTest, AServerThatEndsTheHandshake) {
  server_ = std::make_unique<ScriptedServer>([](Connection&) {});
  SendTo(AsHttps());
  Met(Reason::kTlsHandshakeCut);
}

TEST_P(InvokerReasonsTest, ACertificateThatNobodySigned) {
  if (tls_ == nullptr) return;
  const SelfSigned another;
  target_.ca_file = another.cert_file();
  Answer(kOk);
  EXPECT_THAT(Met(Reason::kSelfSigned), HasSubstr("self-signed"));
}

TEST_P(InvokerReasonsTest, AServerThatWantsACertificateGivesOneReason) {
  if (tls_ == nullptr) return;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SpeakTls({.max_version = version, .wants_client_certificate = true});
    Answer(kOk);
    for (uint64_t i = 0; i < 20; ++i) Send(i);
    for (const Record& record : Await(20)) {
      EXPECT_EQ(ReasonName(record.reason), "client_certificate_required");
      EXPECT_EQ(record.outcome, Outcome::kTlsError);
    }
  }
}

TEST_P(InvokerReasonsTest, ACertificateThatIsNotAccepted) {
  if (tls_ == nullptr) return;
  const SelfSigned ours;
  const SelfSigned others;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SpeakTls({.max_version = version,
              .wants_client_certificate = true,
              .client_ca = ours.cert_file()});
    target_.client_cert = others.cert_file();
    target_.client_key = others.key_file();
    Answer(kOk);
    Met(Reason::kClientCertificateRefused);
  }
}

// A server may reset the connection with its alert: the client learns nothing
// but that it was asked for a certificate.
TEST_P(InvokerReasonsTest, AResetAfterTheQuestionForACertificate) {
  if (tls_ == nullptr) return;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SpeakTls({.max_version = version, .wants_client_certificate = true});
    server_ = std::make_unique<ScriptedServer>([&](Connection& connection) {
      connection.SendRaw(connection.BeginTls(*tls_));
      connection.ReadRaw();
      connection.Reset();
    });
    SendTo(AsHttps());
    EXPECT_THAT(Met(Reason::kClientCertificateRequired),
                HasSubstr("asked for a client certificate"));
  }
}

TEST_P(InvokerReasonsTest, AMalformedAnswerIsToldWithPlaceRuleAndStatusLine) {
  const struct {
    const char* response;
    const char* detail;
  } cases[] = {
      {"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
       "byte 15: a line ends with CR LF, not with LF alone, after HTTP/1.1 200 "
       "OK"},
      {"HTTP/1.1 200 OK\r\nName : b\r\nContent-Length: 2\r\n\r\nhi",
       "byte 21: no blank may stand before a header's colon, after HTTP/1.1 "
       "200 OK"},
      {"HTTP/1.1 503 Oh\r\nX: \x1b[31m\r\nContent-Length: 2\r\n\r\nhi",
       "byte 20: control character 0x1B in a header's value, after HTTP/1.1 "
       "503 Oh"},
      {"220 mail.test ESMTP\r\n",
       "byte 0: a status line begins with HTTP/1.0 or HTTP/1.1, after 220 "
       "mail.test ESMTP"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
       "byte 17: Content-Length is one number, without Transfer-Encoding, "
       "after HTTP/1.1 200 OK"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz"
       "\r\n",
       "byte 55: a chunk begins with its size in hexadecimal, and ends with CR "
       "LF, after HTTP/1.1 200 OK"},
  };
  for (const auto& c : cases) {
    ServeOnce(c.response);
    EXPECT_EQ(Met(Reason::kMalformedAnswer), c.detail);
  }
}

// The bodies are what the framing that is refused would have.
TEST_P(InvokerReasonsTest, ATransferEncodingOtherThanChunkedIsMalformed) {
  const struct {
    const char* head;
    const char* body;
    const char* rule;
  } cases[] = {
      {"1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 2", "hi",
       "chunked and nothing else"},
      {"1 200 OK\r\nTransfer-Encoding: chunked, gzip", "hi",
       "chunked and nothing else"},
      {"1 200 OK\r\nTransfer-Encoding: gzip, chunked", "2\r\nhi\r\n0\r\n\r\n",
       "chunked and nothing else"},
      {"1 200 OK\r\nTransfer-Encoding: chunked, chunked",
       "2\r\nhi\r\n0\r\n\r\n", "chunked and nothing else"},
      {"1 200 OK\r\nTransfer-Encoding: identity", "hi",
       "chunked and nothing else"},
      {"1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2", "hi",
       "chunked and nothing else"},
      {"1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
       "2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding comes once"},
      {"0 200 OK\r\nTransfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n",
       "HTTP/1.0 has no Transfer-Encoding"},
  };
  for (const auto& c : cases) {
    ServeOnce(absl::StrCat("HTTP/1.", c.head, "\r\n\r\n", c.body));
    EXPECT_THAT(Met(Reason::kMalformedAnswer), HasSubstr(c.rule)) << c.head;
  }
}

// The connection stays: only the bytes can tell.
TEST_P(InvokerReasonsTest, LinesWithLfAloneAreNotWaitedFor) {
  ServeAndWait("HTTP/1.1 200 OK\r\nContent-Length: 2\n\nhi");
  EXPECT_THAT(Met(Reason::kMalformedAnswer), HasSubstr("byte 34: "));
}

TEST_P(InvokerReasonsTest, HeadersWithoutEnd) {
  ServeOnce(absl::StrCat("HTTP/1.1 200 OK\r\nX: ", std::string(400'000, 'y')));
  EXPECT_THAT(Met(Reason::kHeadTooLarge), HasSubstr("256 KiB"));
}

TEST_P(InvokerReasonsTest, HowMuchHadComeIsTold) {
  ServeOnce("");
  EXPECT_THAT(Met(Reason::kClosedBeforeAnswer),
              AllOf(HasSubstr("closed by the peer"),
                    HasSubstr(" bytes of the request")));
  ServeOnce("HTTP/1.1 200 OK\r\nA");
  EXPECT_THAT(Met(Reason::kClosedInHead), HasSubstr("after 18 bytes"));
  ServeOnce("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_THAT(Met(Reason::kClosedInBody),
              HasSubstr("after 4 of 10 bytes of the body"));
  ServeOnce("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  EXPECT_THAT(Met(Reason::kClosedInBody),
              HasSubstr("after 2 bytes of the body"));
  Serve([](Connection& connection) {
    connection.ReadRequest();
    connection.Reset();
  });
  EXPECT_THAT(Met(Reason::kClosedBeforeAnswer),
              HasSubstr("Connection reset by peer"));
}

TEST_P(InvokerReasonsTest, WhatATimeoutInterruptedIsTold) {
  instance().timeout = absl::Milliseconds(200);
  ServeAndWait("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_EQ(Met(Reason::kBodyTimeout), "after 4 of 100 bytes of the body");
  ServeAndWait("HTTP/1.1");
  EXPECT_EQ(Met(Reason::kHeadTimeout), "after 8 bytes");
}

TEST_P(InvokerReasonsTest, ATimeoutOnAnOpenConnectionIsNoFailedConnection) {
  instance().timeout = absl::Milliseconds(300);
  ServeAndWait("");
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kTimeout);
  EXPECT_EQ(invoker_->connections().failed, 0u);
  EXPECT_EQ(invoker_->connections().opened, 1u);
}

TEST_P(InvokerReasonsTest, AConnectionThatIsAbortedHasNotFailed) {
  server_ = std::make_unique<ScriptedServer>(
      [](Connection& connection) { connection.AwaitEnd(); });
  SendTo(AsHttps());
  Send();
  PollOnce(kMs);
  invoker_->AbortAll(clock_, [](const Record& record) {
    EXPECT_EQ(record.reason, Reason::kNone);
  });
  EXPECT_EQ(invoker_->connections().failed, 0u);
  EXPECT_TRUE(invoker_->TakeFailures().empty());
}

// To connect may take long: the request is signed for the second it is sent in.
TEST_P(InvokerReasonsTest, ASecondThatPassesWhileAConnectionOpensIsSigned) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  Signer signer({"AKID", "secret", ""});
  Answer(kOk, &signer);
  Send();
  wall_.unix_s += 1;
  EXPECT_EQ(Await(1)[0].outcome, Outcome::kOk);
  EXPECT_THAT(requests().at(0), HasSubstr("X-Amz-Date: 20231114T221321Z\r\n"));
  // On a connection that is open it is that of the send.
  wall_.unix_s += 1;
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  EXPECT_THAT(requests().at(1), HasSubstr("X-Amz-Date: 20231114T221322Z\r\n"));
}

}  // namespace
}  // namespace invocator
