// What only TLS can do to an answer and its connection. Beside it, the cases in
// the clear run under TLS too (tests/support/invoker_fixture.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;

constexpr char kToTheEnd[] = "HTTP/1.1 200 OK\r\n\r\nall of it";
constexpr char kChunked[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
// What a record adds to what it carries in TLS 1.3, at least.
constexpr size_t kRecordBytes = 5 + 1 + 16;

class InvokerTlsTest : public InvokerFixture {
 protected:
  // Answers the first request of every connection, then does that to it.
  void AnswerThen(const std::string& answer,
                  std::function<void(Connection&)> act) {
    Serve([answer, act = std::move(act)](Connection& connection) {
      if (connection.ReadRequest().empty()) return;
      connection.Send(answer);
      act(connection);
    });
  }
  // Looks at what has come, which ends nothing.
  void Look() {
    for (int i = 0; i < 3; ++i) {
      PollOnce();
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Transports, InvokerTlsTest,
                         testing::Values(Transport::kDirectTls,
                                         Transport::kUringTls),
                         TransportName);

TEST_P(InvokerTlsTest, ABodyThatEndsWithItsConnectionNeedsTheCloseNotify) {
  const struct {
    const char* name;
    std::function<void(Connection&)> end;
    Outcome outcome;
  } cases[] = {
      {"a close_notify", [](Connection& c) { c.ShutDownWrites(); },
       Outcome::kOk},
      {"a close_notify on a connection that stays",
       [](Connection& c) {
         c.SendCloseNotify();
         c.AwaitEnd();
       },
       Outcome::kOk},
      {"only a FIN", [](Connection& c) { c.Cut(); }, Outcome::kProtocolError},
      {"only an RST", [](Connection& c) { c.Reset(); },
       Outcome::kProtocolError},
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SpeakTls({.max_version = version});
    for (const auto& c : cases) {
      AnswerThen(kToTheEnd, c.end);
      for (int i = 0; i < 2; ++i) {
        const Record record = SendAndAwait();
        EXPECT_EQ(record.outcome, c.outcome) << c.name;
        EXPECT_TRUE(record.new_connection) << c.name;
      }
    }
  }
}

TEST_P(InvokerTlsTest, AnAnswerThatTellsItsEndNeedsNoCloseNotify) {
  for (const char* answer : {kOk, kChunked}) {
    AnswerThen(answer, &Connection::Cut);
    EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk) << answer;
  }
}

TEST_P(InvokerTlsTest, ACloseNotifyWithinAnAnswerEndsIt) {
  for (const char* half :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Le", ""}) {
    AnswerThen(half, [](Connection& connection) {
      connection.SendCloseNotify();
      connection.AwaitEnd();
    });
    for (int i = 0; i < 2; ++i) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, Outcome::kProtocolError) << half;
      EXPECT_TRUE(record.new_connection) << half;
    }
  }
}

TEST_P(InvokerTlsTest, WhetherItsEndWasAnnouncedIsTold) {
  const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
  const auto told = [this] {
    SendAndAwait();
    const auto failures = invoker_->TakeFailures();
    return failures.empty() ? "" : failures[0].detail;
  };
  AnswerThen(half, &Connection::Cut);
  EXPECT_EQ(told(),
            "closed by the peer, without TLS's close_notify, after 4 of 10 "
            "bytes of the body");
  AnswerThen(half, &Connection::ShutDownWrites);
  EXPECT_EQ(told(), "closed by the peer, after 4 of 10 bytes of the body");
}

// Whether it ends with its connection or not: a record that did not come whole
// says nothing.
TEST_P(InvokerTlsTest, ARecordMayBeCutAtAnyByte) {
  std::atomic<size_t> cut = 0;
  for (const absl::string_view answer : {kOk, kToTheEnd}) {
    Serve([answer, &cut](Connection& connection) {
      if (connection.ReadRequest().empty()) return;
      connection.SendRaw(connection.Seal(answer).substr(0, cut));
      connection.Cut();
    });
    for (cut = 0; cut < answer.size() + kRecordBytes; ++cut) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, Outcome::kProtocolError) << cut;
      EXPECT_EQ(record.status, 0) << cut;
      EXPECT_EQ(record.first_byte_ns, Record::kNever) << cut;
      EXPECT_EQ(record.bytes_received, 0u) << cut;
      EXPECT_EQ(invoker_->connections().closed_by_peer, cut + 1);
    }
  }
}

TEST_P(InvokerTlsTest, ARecordMayBeSpoiltAtAnyByte) {
  std::atomic<size_t> at = 0;
  const absl::string_view answer = kToTheEnd;
  Serve([answer, &at](Connection& connection) {
    if (connection.ReadRequest().empty()) return;
    std::string record = connection.Seal(answer);
    record[at] = static_cast<char>(record[at] ^ 1);
    connection.SendRaw(record);
    connection.Cut();
  });
  for (at = 0; at < answer.size() + kRecordBytes; ++at) {
    const Record record = SendAndAwait();
    // Its length, in the bytes 3 and 4, makes it one that did not come whole.
    EXPECT_TRUE(record.outcome == Outcome::kTlsError ||
                (at < 5 && record.outcome == Outcome::kProtocolError))
        << at;
    EXPECT_EQ(record.status, 0) << at;
    EXPECT_TRUE(record.new_connection) << at;
  }
}

TEST_P(InvokerTlsTest, EachByteMayComeInARecordOfItsOwn) {
  for (const absl::string_view answer : {kOk, kChunked}) {
    for (const bool at_once : {true, false}) {
      Serve([=](Connection& connection) {
        while (!connection.ReadRequest().empty()) {
          std::string records;
          for (const char& byte : answer) {
            records += connection.Seal({&byte, 1});
            if (!at_once) connection.SendRaw(std::exchange(records, ""));
          }
          connection.SendRaw(records);
        }
      });
      for (int i = 0; i < 3; ++i) {
        const Record record = SendAndAwait();
        EXPECT_EQ(record.outcome, Outcome::kOk) << at_once;
        EXPECT_EQ(record.new_connection, i == 0) << at_once;
      }
    }
  }
}

TEST_P(InvokerTlsTest, ARecordMayComeInAnyTwoParts) {
  std::atomic<size_t> cut = 1;
  const absl::string_view answer = kChunked;
  Serve([&](Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      const std::string record = connection.Seal(answer);
      connection.SendRaw(record.substr(0, cut));
      // The second part comes when the first was looked at.
      client_did_.Await(static_cast<int>(cut));
      connection.SendRaw(record.substr(cut));
    }
  });
  for (cut = 1; cut < answer.size() + kRecordBytes; ++cut) {
    Send();
    Look();
    client_did_.Reach(static_cast<int>(cut));
    const Record record = Await(1)[0];
    EXPECT_EQ(record.outcome, Outcome::kOk) << cut;
    EXPECT_EQ(record.new_connection, cut == 1) << cut;
  }
}

TEST_P(InvokerTlsTest, AHandshakeMayBeCutAtAnyByte) {
  std::atomic<size_t> cut = 0;
  std::atomic<bool> all_cut = false;
  server_ = std::make_unique<ScriptedServer>([&](Connection& connection) {
    const std::string flight = connection.BeginTls(*tls_);
    connection.SendRaw(
        flight.substr(0, std::min(cut.load(), flight.size() - 1)));
    if (cut + 1 >= flight.size()) all_cut = true;
  });
  SendTo(absl::StrCat("https", server_->url().substr(4)));
  for (; !all_cut; ++cut) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kTlsError) << cut;
    EXPECT_FALSE(record.new_connection) << cut;
    EXPECT_EQ(record.bytes_sent, 0u) << cut;
    EXPECT_EQ(invoker_->connections().failed, cut + 1) << cut;
  }
  EXPECT_GT(cut, 500u) << "a certificate at least";
  EXPECT_EQ(invoker_->connections().opened, 0u);
}

TEST_P(InvokerTlsTest, AnAlertInTheHandshakeIsATlsError) {
  // Static: the server may still be in send(2) when the test has ended.
  static constexpr char kHandshakeFailure[] = "\x15\x03\x03\x00\x02\x02\x28";
  server_ = std::make_unique<ScriptedServer>([&](Connection& connection) {
    connection.Send({kHandshakeFailure, sizeof(kHandshakeFailure) - 1});
    connection.AwaitEnd();
  });
  SendTo(absl::StrCat("https", server_->url().substr(4)));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kTlsError);
}

// In TLS 1.3 the client learns of it when its handshake has ended.
TEST_P(InvokerTlsTest, AServerThatWantsACertificateIsATlsError) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SpeakTls({.max_version = version, .wants_client_certificate = true});
    Answer(kOk);
    for (int i = 0; i < 3; ++i) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, Outcome::kTlsError);
      EXPECT_EQ(record.status, 0);
    }
    EXPECT_TRUE(requests().empty());
  }
}

TEST_P(InvokerTlsTest, TheCertificateIsShownToAServerThatWantsOne) {
  const SelfSigned ours;
  const SelfSigned others;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SpeakTls({.max_version = version,
              .wants_client_certificate = true,
              .client_ca = ours.cert_file()});
    target_.client_cert = ours.cert_file();
    target_.client_key = ours.key_file();
    Answer(kOk);
    EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
    target_.client_cert = others.cert_file();
    target_.client_key = others.key_file();
    Answer(kOk);
    EXPECT_NE(SendAndAwait().outcome, Outcome::kOk);
  }
}

// Checked before, it may be gone when it is needed.
TEST_P(InvokerTlsTest, ACertificateThatCannotBeReadIsAnError) {
  target_.client_cert = "/nonexistent/client.pem";
  const auto invoker = MakeInvoker(
      PrepareRequests(plan_, WholeShares(plan_), "https://localhost", nullptr));
  EXPECT_TRUE(absl::IsFailedPrecondition(invoker.status()));
  EXPECT_THAT(std::string(invoker.status().message()),
              testing::HasSubstr("/nonexistent/client.pem"));
}

TEST_P(InvokerTlsTest, WhatComesPastTlsIsNoAnswer) {
  AnswerThen("", [](Connection& connection) {
    connection.SendRaw(kOk);
    connection.AwaitEnd();
  });
  for (int i = 0; i < 2; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kTlsError);
    EXPECT_EQ(record.status, 0);
    EXPECT_TRUE(record.new_connection);
  }
}

TEST_P(InvokerTlsTest, WhatTlsHasToSayItselfDoesNotEndAConnection) {
  const struct {
    const char* name;
    int version;
    int (*act)(SSL*);
    bool within_an_answer;
  } cases[] = {
      {"a session ticket", TLS1_3_VERSION, SSL_new_session_ticket, true},
      {"new keys", TLS1_3_VERSION,
       [](SSL* ssl) {
         return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
       },
       true},
      {"new keys on both sides", TLS1_3_VERSION,
       [](SSL* ssl) { return SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED); },
       true},
      {"another handshake", TLS1_2_VERSION, SSL_renegotiate, false},
  };
  for (const auto& c : cases) {
    SpeakTls({.max_version = c.version});
    Serve([&](Connection& connection) {
      const auto say = [&](SSL* ssl) {
        EXPECT_EQ(c.act(ssl), 1) << c.name;
        EXPECT_EQ(SSL_do_handshake(ssl), 1) << c.name;
      };
      const absl::string_view answer = kOk;
      for (int i = 1; !connection.ReadRequest().empty(); ++i) {
        connection.Send(answer.substr(0, 20));
        if (c.within_an_answer) connection.WithTls(say);
        connection.Send(answer.substr(20));
        client_did_.Await(i);
        connection.WithTls(say);
        server_did_.Reach(i);
      }
    });
    for (int i = 1; i <= 4; ++i) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, Outcome::kOk) << c.name;
      EXPECT_EQ(record.new_connection, i == 1) << c.name;
      client_did_.Reach(i);
      ASSERT_TRUE(server_did_.Await(i)) << c.name;
      Look();
    }
    EXPECT_EQ(invoker_->connections().closed_by_peer, 0u) << c.name;
    EXPECT_EQ(server_->connections(), 1) << c.name;
  }
}

TEST_P(InvokerTlsTest, ACloseNotifyOnAnIdleConnectionEndsIt) {
  AnswerThen(kOk, [](Connection& connection) {
    connection.SendCloseNotify();
    connection.AwaitEnd();
  });
  for (uint64_t i = 1; i <= 5; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_TRUE(record.new_connection);
    PollUntilClosed(i);
  }
}

// Where it was not seen before the next request has gone, that one may have
// been carried out.
TEST_P(InvokerTlsTest, ACloseNotifyThatCrossesARequestDoesNotSendItTwice) {
  for (const bool with_fin : {false, true}) {
    std::atomic<int> requests = 0;
    Serve([&](Connection& connection) {
      if (connection.ReadRequest().empty()) return;
      ++requests;
      connection.Send(kOk);
      client_did_.Await(1);
      connection.SendCloseNotify();
      if (with_fin) connection.ShutDownWrites();
      server_did_.Reach(1);
      if (!connection.ReadRequest().empty()) ++requests;
    });
    EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
    client_did_.Reach(1);
    ASSERT_TRUE(server_did_.Await(1));
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kProtocolError);
    EXPECT_FALSE(record.new_connection);
    EXPECT_EQ(invoker_->connections().closed_by_peer, 1u);
    server_.reset();
    EXPECT_EQ(requests, 2);
  }
}

}  // namespace
}  // namespace invocator
