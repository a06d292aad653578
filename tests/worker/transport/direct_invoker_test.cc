// What the direct transport has to bear beside the cases of both
// (invoker_test.cc, invoker_answers_test.cc).
#include "worker/transport/direct_invoker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;

class DirectInvokerTest : public InvokerFixture {};
INSTANTIATE_TEST_SUITE_P(Direct, DirectInvokerTest, DirectTransport(),
                         TransportName);

constexpr char kChunked[] =
    "HTTP/1.1 103 Early Hints\r\n\r\n"
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

// The server cuts an answer at every byte: it ends there, or goes on after the
// first part has been read, or lies from there on.
TEST_P(DirectInvokerTest, AnAnswerMayBeCutAtAnyByte) {
  std::atomic<size_t> cut = 0;
  for (const absl::string_view answer :
       {absl::string_view(kOk), absl::string_view(kChunked)}) {
    Serve([answer, &cut](Connection& connection) {
      if (connection.ReadRequest().empty()) return;
      connection.Send(answer.substr(0, cut));
    });
    for (cut = 0; cut < answer.size(); ++cut) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, Outcome::kProtocolError) << cut;
      EXPECT_EQ(record.first_byte_ns == Record::kNever, cut == 0) << cut;
      EXPECT_TRUE(record.new_connection) << cut;
      EXPECT_EQ(invoker_->connections().closed_by_peer, cut + 1);
    }
  }
}

TEST_P(DirectInvokerTest, AnAnswerMayComeInAnyTwoParts) {
  std::atomic<size_t> cut = 1;
  const absl::string_view answer = kChunked;
  Serve([&](Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Send(answer.substr(0, cut));
      // The second part comes when the first was looked at.
      client_did_.Await(static_cast<int>(cut));
      connection.Send(answer.substr(cut));
    }
  });
  for (cut = 1; cut < answer.size(); ++cut) {
    Send();
    for (int i = 0; i < 3; ++i) {
      PollOnce();
    }
    client_did_.Reach(static_cast<int>(cut));
    const Record record = Await(1)[0];
    EXPECT_EQ(record.outcome, Outcome::kOk) << cut;
    EXPECT_EQ(record.new_connection, cut == 1) << cut;
  }
}

TEST_P(DirectInvokerTest, AnAnswerMayLieFromAnyByteOn) {
  std::atomic<size_t> cut = 0;
  const absl::string_view answer = kOk;
  Serve([&](Connection& connection) {
    if (connection.ReadRequest().empty()) return;
    connection.Send(
        absl::StrCat(answer.substr(0, cut), std::string(300, '\x01')));
  });
  for (cut = 0; cut < answer.size(); ++cut) {
    const Record record = SendAndAwait();
    // In the body, anything goes: only its length is read.
    const bool in_body = cut >= answer.size() - 2;
    EXPECT_EQ(record.outcome, in_body ? Outcome::kOk : Outcome::kProtocolError)
        << cut;
    EXPECT_TRUE(record.new_connection) << cut;
  }
}

TEST_P(DirectInvokerTest, BytesThatNobodyAskedForEndTheConnection) {
  Serve([&](Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Send(absl::StrCat(kOk, kOk));
    }
  });
  for (int i = 0; i < 3; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_TRUE(record.new_connection);
  }
}

TEST_P(DirectInvokerTest, AnIdleConnectionThatIsClosedIsNotUsed) {
  std::atomic<int> requests = 0;
  Serve([&](Connection& connection) {
    if (connection.ReadRequest().empty()) return;
    ++requests;
    connection.Send(kOk);  // keep-alive, says the answer; then it closes
  });
  for (uint64_t i = 1; i <= 5; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_TRUE(record.new_connection);
    PollUntilClosed(i);
  }
  EXPECT_EQ(requests, 5);
}

TEST_P(DirectInvokerTest, AnEarlyAnswerToALargeBodyIsTaken) {
  SetBodies({std::string(10'000'000, 'b')});
  // Refuses without reading, and closes only when the client has.
  Serve([](Connection& connection) {
    connection.Send(
        "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n");
    connection.AwaitEnd();
  });
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kHttpError);
  EXPECT_EQ(record.status, 413);
  EXPECT_TRUE(SendAndAwait().new_connection);
}

TEST_P(DirectInvokerTest, ALargeBodyGoesOutWholeThroughASmallSocket) {
  SetBodies({std::string(10'000'000, 'b')});
  Answer(kOk);
  for (int i = 0; i < 2; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_EQ(record.bytes_sent, requests().at(static_cast<size_t>(i)).size());
    EXPECT_EQ(record.new_connection, i == 0);
  }
}

TEST_P(DirectInvokerTest, AHalfClosedConnectionStillGivesItsAnswer) {
  Serve([](Connection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    connection.Send("hi");
    connection.ShutDownWrites();
    connection.AwaitEnd();
  });
  for (int i = 0; i < 3; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    PollUntilClosed(static_cast<uint64_t>(i) + 1);
  }
}

TEST_P(DirectInvokerTest, AThousandSlowCallsAreInFlightAtOnce) {
  // Of handshakes, sanitizers make fewer in the time.
  const size_t calls = tls_ == nullptr ? 1'000 : 250;
  max_in_flight_ = 1'000;
  std::atomic<size_t> asked = 0;
  Serve([&, calls](Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      if (++asked == calls) server_did_.Reach(1);
      if (!server_did_.Await(1) || !connection.Send(kOk)) return;
    }
  });
  for (size_t i = 0; i < calls; ++i) Send(i);
  for (const Record& record : Await(calls)) {
    ASSERT_EQ(record.outcome, Outcome::kOk);
    ASSERT_TRUE(record.new_connection);
  }
  EXPECT_EQ(invoker_->connections().opened, calls);
}

TEST_P(DirectInvokerTest, TheConnectionsOfOneHostMakeRoomForAnothers) {
  max_in_flight_ = 2;
  plan_.instances.push_back(ListInstance("g", {1}, 10));
  Answer(kOk);
  ScriptedServer other([](Connection& connection) {
    while (!connection.ReadRequest().empty()) connection.Send(kOk);
  });
  std::vector<InstanceRequest> requests =
      PrepareRequests(plan_, WholeShares(plan_), server_->url(), nullptr);
  requests[1].url = other.url() + "/x";
  invoker_ = *MakeInvoker(std::move(requests));
  for (uint64_t i = 0; i < 2; ++i) Send(i);
  Await(2);
  for (int i = 0; i < 2; ++i) {
    DueInvocation due;
    due.instance = 1;
    invoker_->Send(due, clock_);
  }
  for (const Record& record : Await(2)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_EQ(record.instance, 1u);
  }
  // Its connections had to go.
  EXPECT_TRUE(SendAndAwait().new_connection);
}

TEST_P(DirectInvokerTest, TimeoutsAreThoseOfTheInstance) {
  instance().timeout = absl::Milliseconds(300);
  plan_.instances.push_back(ListInstance("g", {1}, 10));
  plan_.instances[1].timeout = absl::Milliseconds(20);
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  ASSERT_TRUE(Warm(2).ok());  // a handshake may take longer
  Send();
  DueInvocation due;
  due.instance = 1;
  invoker_->Send(due, clock_);
  const std::vector<Record> ended = Await(2);
  EXPECT_EQ(ended[0].instance, 1u);
  EXPECT_EQ(ended[1].instance, 0u);
  for (const Record& record : ended) {
    EXPECT_EQ(record.outcome, Outcome::kTimeout);
    EXPECT_GT(record.bytes_sent, 0u);
    EXPECT_GE(
        record.ServiceNs(),
        absl::ToInt64Nanoseconds(plan_.instances[record.instance].timeout));
  }
}

TEST_P(DirectInvokerTest, TheWaitForATurnToConnectComesBeforeTheSend) {
  Answer(kOk);
  constexpr size_t kCalls = 8;
  for (size_t i = 0; i < kCalls; ++i) Send(i);
  const int64_t all_given_ns = clock_.NowNs();
  size_t waited = 0;
  for (const Record& record : Await(kCalls)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
    if (record.sent_ns >= all_given_ns) ++waited;
  }
  EXPECT_GE(waited, kCalls - 2);  // two connections may be begun in a turn
}

TEST_P(DirectInvokerTest, AConnectionThatIsNotInTimeHasFailed) {
  instance().timeout = absl::Milliseconds(30);
  server_ = std::make_unique<ScriptedServer>(
      [](Connection& connection) { connection.AwaitEnd(); });
  SendTo(absl::StrCat("https", server_->url().substr(4)));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kTimeout);
  EXPECT_EQ(invoker_->connections().failed, 1u);
  EXPECT_EQ(invoker_->connections().opened, 0u);
  EXPECT_EQ(invoker_->connections().reused, 0u);
}

// Some of those that wait for a connection get one that has become free.
TEST_P(DirectInvokerTest, ConnectionsAndThoseUsedAgainAddUpToTheCalls) {
  Answer(kOk);
  constexpr size_t kCalls = 40;
  for (size_t i = 0; i < kCalls; ++i) Send(i);
  uint64_t over_new = 0;
  for (const Record& record : Await(kCalls)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
    if (record.new_connection) ++over_new;
  }
  const ConnectionCounts counts = invoker_->connections();
  EXPECT_EQ(counts.reused, kCalls - over_new);
  EXPECT_GE(counts.opened, over_new);
  EXPECT_EQ(counts.failed, 0u);
  EXPECT_EQ(counts.closed_by_peer, 0u);
  const uint64_t opened = counts.opened;
  EXPECT_FALSE(SendAndAwait().new_connection);
  EXPECT_EQ(invoker_->connections().opened, opened);
  EXPECT_EQ(invoker_->connections().reused, counts.reused + 1);
}

TEST_P(DirectInvokerTest, WarmingMayBeGivenUp) {
  Answer(kOk);
  EXPECT_EQ(invoker_->Warm(3, steady_, kDeadlineNs, [] { return true; }).code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
}

TEST_P(DirectInvokerTest, WarmingThatIsNotInTimeSaysWhatItWaitedFor) {
  server_ = std::make_unique<ScriptedServer>(
      [](Connection& connection) { connection.AwaitEnd(); });
  const std::string url =
      absl::StrCat("https", server_->url().substr(server_->url().find(':')));
  SendTo(url);
  EXPECT_EQ(Warm(2, 300 * kMs).message(),
            url + ": not in time, still in the TLS handshake");
  EXPECT_EQ(invoker_->connections().opened, 0u);
}

}  // namespace
}  // namespace invocator
