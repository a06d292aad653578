// Streams over HTTP/2 connections: their limits, their order, and the calls
// that wait for one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/http2_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using Request = Http2Peer::Request;
using testing::HasSubstr;

class Http2StreamsTest : public Http2Fixture {};
INSTANTIATE_TEST_SUITE_P(Direct, Http2StreamsTest, DirectTransport(),
                         TransportName);

TEST_P(Http2StreamsTest, AThousandCallsShareAConnection) {
  max_in_flight_ = 1'000;
  NumberBodies(1'000);
  ServeAll({{kMaxStreams, 1'000}});
  ASSERT_TRUE(Warm(1).ok());
  for (uint64_t i = 0; i < 1'000; ++i) Send(i);
  for (const Record& record : Await(1'000)) {
    ASSERT_EQ(record.outcome, Outcome::kOk);
  }
  EXPECT_EQ(invoker_->connections().opened, 1u);
  EXPECT_EQ(invoker_->connections().reused, 1'000u);
  EXPECT_EQ(server_->connections(), 1);
}

// Before its SETTINGS have come, one call at a time is sent; then as many as
// they say, in the order of the sends.
TEST_P(Http2StreamsTest, CallsWaitForAStreamInTheirOrder) {
  constexpr int kCalls = 40;
  NumberBodies(kCalls);
  for (const uint32_t limit : {1u, 3u, 100u}) {
    seen_.clear();
    std::atomic<size_t> most = 0;
    Serve([&](Connection& connection) {
      Http2Peer peer(connection);
      if (!peer.Begin({{kMaxStreams, limit}})) return;
      std::vector<uint32_t> open;
      size_t left = kCalls;
      while (left > 0) {
        // As many as it may send; the last ones are fewer.
        while (open.size() < std::min<size_t>(limit, left)) {
          const auto request = peer.ReadRequest();
          if (!request) return;
          Note(*request);
          open.push_back(request->stream);
          most = std::max<size_t>(most, open.size());
        }
        if (!peer.Answer(open.front())) return;
        open.erase(open.begin());
        --left;
      }
      connection.AwaitEnd();
    });
    std::vector<std::string> expected;
    for (uint64_t i = 0; i < kCalls; ++i) {
      Send(i);
      expected.push_back(absl::StrCat(i));
    }
    const int64_t all_sent_ns = clock_.NowNs();
    for (const Record& record : Await(kCalls)) {
      EXPECT_EQ(record.outcome, Outcome::kOk);
      EXPECT_LE(record.sent_ns, all_sent_ns);  // to wait is service time
    }
    EXPECT_EQ(bodies(), expected);
    EXPECT_EQ(most, std::min<size_t>(limit, kCalls));
    EXPECT_EQ(server_->connections(), 1);
    server_.reset();  // it uses the variables above
  }
}

TEST_P(Http2StreamsTest, TheLimitOnStreamsMayChangeAmidTheRun) {
  constexpr int kCalls = 60;
  NumberBodies(kCalls);
  std::atomic<int> too_many = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    size_t limit = 1;
    if (!peer.Begin({{kMaxStreams, 1}})) return;
    std::vector<uint32_t> open;
    for (int taken = 0; taken < kCalls || !open.empty();) {
      while (open.size() < limit && taken < kCalls) {
        const auto request = peer.ReadRequest();
        if (!request) return;
        Note(*request);
        open.push_back(request->stream);
        if (open.size() > limit) ++too_many;
        if (++taken == 20 || taken == 40) {
          // The second time, ten are open; the client hears of it before the
          // next answer.
          limit = taken == 20 ? 10 : 2;
          peer.SendSettings({{kMaxStreams, static_cast<uint32_t>(limit)}});
        }
      }
      if (!peer.Answer(open.front())) return;
      open.erase(open.begin());
    }
    connection.AwaitEnd();
  });
  std::vector<std::string> expected;
  for (uint64_t i = 0; i < kCalls; ++i) {
    Send(i);
    expected.push_back(absl::StrCat(i));
  }
  for (const Record& record : Await(kCalls)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
  }
  EXPECT_EQ(too_many, 0);
  EXPECT_EQ(bodies(), expected);
  EXPECT_EQ(server_->connections(), 1);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2StreamsTest, CallsAreSpreadOverConnectionsOpenedAhead) {
  connections_ = 4;
  std::map<int, int> by_connection;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin({{kMaxStreams, 100}})) return;
    while (const auto request = peer.ReadRequest()) {
      {
        const std::lock_guard lock(mutex_);
        ++by_connection[connection.number()];
      }
      if (!peer.Answer(request->stream)) return;
    }
  });
  ASSERT_TRUE(Warm(4).ok());
  for (uint64_t i = 0; i < 40; ++i) Send(i);
  for (const Record& record : Await(40)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_FALSE(record.new_connection);
  }
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(by_connection,
            (std::map<int, int>{{0, 10}, {1, 10}, {2, 10}, {3, 10}}));
  server_.reset();  // it uses the variables above
}

// One of four is ended by the server: the others carry the calls, and another
// is opened in its place, for which no call waits.
TEST_P(Http2StreamsTest, ALostConnectionIsOpenedAnewWhileCallsCome) {
  connections_ = 2;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin({{kMaxStreams, 100}})) return;
    while (const auto request = peer.ReadRequest()) {
      if (!peer.Answer(request->stream)) return;
      if (connection.number() == 0) {
        peer.GoAway(request->stream);
        return connection.AwaitEnd();
      }
    }
  });
  ASSERT_TRUE(Warm(2).ok());
  Send(0);
  Send(1);
  Await(2);
  PollUntilClosed(1);
  int fresh = 0;
  const int64_t deadline_ns = clock_.NowNs() + kDeadlineNs;
  while (invoker_->connections().opened < 3 && clock_.NowNs() < deadline_ns) {
    if (SendAndAwait().new_connection) ++fresh;
  }
  EXPECT_EQ(invoker_->connections().opened, 3u);
  for (int i = 0; i < 4; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    if (record.new_connection) ++fresh;
  }
  EXPECT_EQ(fresh, 1);  // its first one
  const ConnectionCounts counts = invoker_->connections();
  EXPECT_EQ(counts.closed_by_peer, 1u);
  EXPECT_EQ(server_->connections(), 3);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2StreamsTest, ACallThatWaitsForAStreamMayTimeOut) {
  instance().timeout = absl::Milliseconds(100);
  Serve([](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin({{kMaxStreams, 0}})) return;
    while (peer.ReadFrame()) {
    }
  });
  ASSERT_TRUE(Warm(1).ok());
  for (uint64_t i = 0; i < 3; ++i) Send(i);
  for (const Record& record : Await(3)) {
    EXPECT_EQ(record.reason, Reason::kSendTimeout);
    EXPECT_EQ(record.bytes_sent, 0u);
  }
  EXPECT_EQ(FirstDetail(), "still waiting for a free stream");
  EXPECT_EQ(server_->connections(), 1);
}

// The connection ends while many calls wait for a stream of it.
TEST_P(Http2StreamsTest, CallsThatWaitSurviveTheirConnection) {
  constexpr int kCalls = 2'000;
  max_in_flight_ = kCalls;
  NumberBodies(kCalls);
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin({{kMaxStreams, 10}})) return;
    for (int i = 0; i < 500; ++i) {
      const auto request = peer.ReadRequest();
      if (!request) return;
      Note(*request);
      if (i == 499) peer.GoAway(request->stream);
      peer.Answer(request->stream);
    }
    connection.AwaitEnd();
  });
  for (uint64_t i = 0; i < kCalls; ++i) Send(i);
  for (const Record& record : Await(kCalls)) {
    ASSERT_EQ(record.outcome, Outcome::kOk) << record.sequence;
  }
  EXPECT_EQ(seen().size(), size_t{kCalls});
  EXPECT_EQ(server_->connections(), 4);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2StreamsTest, WarmingNeedsAServerThatSpeaksHttp2) {
  Serve([](Connection& connection) {
    connection.ReadBytes(24);
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const absl::Status warmed = Warm(1);
  EXPECT_EQ(warmed.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(warmed.message()), HasSubstr(server_->url()));
  EXPECT_EQ(invoker_->connections().failed, 1u);
}

}  // namespace
}  // namespace invocator
