// What a connection's first exchange leaves behind: nothing that the next one
// could take for its own.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;

class ConnectionReuseTest : public InvokerFixture {};
INSTANTIATE_TEST_SUITE_P(Transports, ConnectionReuseTest, DirectTransport(),
                         TransportName);

TEST_P(ConnectionReuseTest, ASecondCallWithoutAnAnswerHadNoneOfIt) {
  instance().timeout = absl::Milliseconds(500);
  Serve([](Connection& connection) {
    connection.ReadRequest();
    connection.Send(kOk);
    connection.AwaitEnd();
  });
  ASSERT_TRUE(Warm(1).ok());
  ASSERT_EQ(SendAndAwait().outcome, Outcome::kOk);
  const Record record = SendAndAwait();
  EXPECT_FALSE(record.new_connection);
  EXPECT_EQ(record.reason, Reason::kFirstByteTimeout);
  EXPECT_EQ(record.status, 0);
  EXPECT_EQ(record.bytes_received, 0u);
  EXPECT_EQ(record.first_byte_ns, Record::kNever);
}

TEST_P(ConnectionReuseTest, AnAnswerThatEndsWithItsConnectionIsItsLast) {
  Serve([](Connection& connection) {
    connection.ReadRequest();
    connection.Send(kOk);
    if (connection.ReadRequest().empty()) return;
    connection.Send("HTTP/1.1 200 OK\r\n\r\nall of it");
  });
  for (const bool is_new : {true, false, true, false}) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_EQ(record.new_connection, is_new);
  }
  EXPECT_EQ(invoker_->connections().closed_by_peer, 2u);
}

// Nobody has looked at it since.
TEST_P(ConnectionReuseTest, OneThatTurnsOutToBeGoneIsCounted) {
  Serve([this](Connection& connection) {
    connection.ReadRequest();
    connection.Send(kOk);
    if (connection.number() > 0) return connection.AwaitEnd();
    client_did_.Await(1);
    connection.Reset();
    server_did_.Reach(1);
  });
  ASSERT_EQ(SendAndAwait().outcome, Outcome::kOk);
  client_did_.Reach(1);
  ASSERT_TRUE(server_did_.Await(1));
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_TRUE(record.new_connection);
  EXPECT_EQ(invoker_->connections().closed_by_peer, 1u);
  EXPECT_EQ(invoker_->connections().reused, 0u);
}

// The server may have carried out what it has read of it.
TEST_P(ConnectionReuseTest, ARequestThatWasTakenInPartIsNotSentAgain) {
  SetBodies({std::string(10'000'000, 'b')});
  std::atomic<int> begun = 0;
  Serve([&begun](Connection& connection) {
    while (!connection.ReadBytes(1).empty()) {
      if (++begun > 2) {
        connection.ShutDownWrites();
        return connection.AwaitEnd();
      }
      connection.ReadRequest();
      connection.Send(kOk);
    }
  });
  ASSERT_TRUE(Warm(2).ok());
  Send(0);
  Send(1);
  for (const Record& record : Await(2)) {
    ASSERT_EQ(record.outcome, Outcome::kOk);
  }
  const Record record = SendAndAwait(2);
  EXPECT_EQ(record.reason, Reason::kClosedBeforeAnswer);
  EXPECT_FALSE(record.new_connection);
  server_.reset();
  EXPECT_EQ(begun, 3);
}

TEST_P(ConnectionReuseTest, ACallThatTakesAConnectionOverIsSentOnlyThen) {
  Serve([this](Connection& connection) {
    if (connection.ReadRequest().empty()) return;
    if (connection.number() == 0) {
      server_did_.Reach(1);
      client_did_.Await(1);
    }
    connection.Send(kOk);
    if (connection.number() == 0) server_did_.Reach(2);
    while (!connection.ReadRequest().empty()) connection.Send(kOk);
  });
  ASSERT_TRUE(Warm(1).ok());
  Send(0);
  PollOnce();
  ASSERT_TRUE(server_did_.Await(1));
  // More than connections are begun at once: some wait.
  for (uint64_t sequence = 1; sequence <= 5; ++sequence) Send(sequence);
  client_did_.Reach(1);
  ASSERT_TRUE(server_did_.Await(2));
  const int64_t answered_ns = clock_.NowNs();
  size_t taken_over = 0;
  for (const Record& record : Await(6)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
    if (record.new_connection || record.sequence == 0) continue;
    ++taken_over;
    EXPECT_GE(record.sent_ns, answered_ns) << record.sequence;
  }
  EXPECT_GE(taken_over, 1u);
}

TEST_P(ConnectionReuseTest, ACallThatFailedDoesNotTimeOutAsWell) {
  instance().timeout = absl::Milliseconds(50);
  SendTo(RefusingUrl());
  const Record record = SendAndAwait();
  EXPECT_EQ(record.reason, Reason::kConnectionRefused);
  while (clock_.NowNs() < record.sent_ns + 60 * kMs) PollOnce(kMs);
}

}  // namespace
}  // namespace invocator
