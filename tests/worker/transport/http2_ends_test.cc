// How calls over HTTP/2 end without an answer: refused, reset, left out, late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/http2_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using testing::ElementsAre;

class Http2EndsTest : public Http2Fixture {};
INSTANTIATE_TEST_SUITE_P(Direct, Http2EndsTest, DirectTransport(),
                         TransportName);

TEST_P(Http2EndsTest, CallsThatAGoAwayLeavesOutAreSentAgainOnce) {
  constexpr int kCalls = 30;
  NumberBodies(kCalls);
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin({{kMaxStreams, 100}})) return;
    if (connection.number() == 0) {
      // Takes the first ten, then says so; answers them afterwards.
      std::vector<uint32_t> taken;
      for (int i = 0; i < kCalls; ++i) {
        const auto request = peer.ReadRequest();
        if (!request) return;
        if (i >= 10) continue;
        Note(*request);
        taken.push_back(request->stream);
      }
      peer.GoAway(taken.back());
      for (const uint32_t stream : taken) peer.Answer(stream);
      return connection.AwaitEnd();
    }
    while (const auto request = peer.ReadRequest()) {
      Note(*request);
      peer.Answer(request->stream);
    }
  });
  ASSERT_TRUE(Warm(1).ok());
  for (uint64_t i = 0; i < kCalls; ++i) Send(i);
  for (const Record& record : Await(kCalls)) {
    EXPECT_EQ(record.outcome, Outcome::kOk) << record.sequence;
  }
  std::vector<std::string> expected;
  for (int i = 0; i < kCalls; ++i) expected.push_back(absl::StrCat(i));
  EXPECT_EQ(bodies(), expected);  // each once, and in their order
  EXPECT_EQ(server_->connections(), 2);
  EXPECT_EQ(invoker_->connections().closed_by_peer, 1u);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2EndsTest, GoAwaysAreNotFollowedForEver) {
  std::atomic<int> requests = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    while (peer.ReadRequest()) {
      ++requests;
      peer.GoAway(0);
      return connection.AwaitEnd();
    }
  });
  const Record record = SendAndAwait();
  EXPECT_EQ(record.reason, Reason::kStreamReset);
  EXPECT_EQ(FirstDetail(), "refused 5 times");
  EXPECT_EQ(requests, 5);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2EndsTest, ARefusedStreamIsSentAgainOnItsConnection) {
  std::atomic<int> requests = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    while (const auto request = peer.ReadRequest()) {
      if (++requests % 2 == 1) {
        peer.Reset(request->stream, NGHTTP2_REFUSED_STREAM);
      } else {
        peer.Answer(request->stream);
      }
    }
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  }
  EXPECT_EQ(requests, 6);
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_EQ(invoker_->connections().opened, 1u);
  EXPECT_EQ(invoker_->connections().reused, 2u);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2EndsTest, AResetSaysItsCode) {
  const std::map<uint32_t, std::string> codes = {
      {NGHTTP2_NO_ERROR, "NO_ERROR"},
      {NGHTTP2_INTERNAL_ERROR, "INTERNAL_ERROR"},
      {NGHTTP2_CANCEL, "CANCEL"},
      {NGHTTP2_ENHANCE_YOUR_CALM, "ENHANCE_YOUR_CALM"},
      {NGHTTP2_HTTP_1_1_REQUIRED, "HTTP_1_1_REQUIRED"},
      {12'345, "unknown"}};
  for (const auto& [code, name] : codes) {
    const Record record =
        CallWith([code = code](Http2Peer& peer, uint32_t stream) {
          peer.Reset(stream, code);
        });
    EXPECT_EQ(record.reason, Reason::kStreamReset) << name;
    EXPECT_EQ(FirstDetail(), "RST_STREAM: " + name);
    EXPECT_EQ(invoker_->connections().closed_by_peer, 0u);
  }
}

// It refuses what it has begun to answer: the call may have been processed.
TEST_P(Http2EndsTest, ARefusalAfterTheHeadIsNoLeaveToSendAgain) {
  const Record record = CallWith([](Http2Peer& peer, uint32_t stream) {
    peer.SendHead(stream, {{":status", "200"}}, false);
    peer.Reset(stream, NGHTTP2_REFUSED_STREAM);
  });
  EXPECT_EQ(record.reason, Reason::kStreamReset);
  EXPECT_EQ(record.status, 200);
}

TEST_P(Http2EndsTest, AGoAwayWithAnErrorIsCleanedAndTold) {
  Serve([](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    if (const auto request = peer.ReadRequest()) {
      peer.GoAway(request->stream, NGHTTP2_ENHANCE_YOUR_CALM, "too\nmany\x1b");
    }
  });
  EXPECT_EQ(SendAndAwait().reason, Reason::kHttp2Error);
  EXPECT_EQ(FirstDetail(), "GOAWAY: ENHANCE_YOUR_CALM, too many\xEF\xBF\xBD");
}

TEST_P(Http2EndsTest, ATimeoutEndsItsStreamAndNoOther) {
  instance().timeout = absl::Milliseconds(200);
  plan_.instances.push_back(ListInstance("g", {1}, 10));
  std::atomic<uint32_t> code = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin({{kMaxStreams, 100}})) return;
    const auto silent = peer.ReadRequest();
    const auto slow = peer.ReadRequest();
    if (!silent || !slow) return;
    while (!peer.resets.contains(silent->stream)) {
      if (!peer.ReadFrame()) return;
    }
    code = peer.resets[silent->stream];
    peer.Answer(silent->stream);  // too late
    peer.Answer(slow->stream);
    while (const auto request = peer.ReadRequest()) {
      peer.Answer(request->stream);
    }
  });
  ASSERT_TRUE(Warm(1).ok());
  Send();
  DueInvocation due;
  due.instance = 1;
  invoker_->Send(due, clock_);
  const std::vector<Record> ended = Await(2);
  EXPECT_EQ(ended[0].reason, Reason::kFirstByteTimeout);
  EXPECT_EQ(ended[1].outcome, Outcome::kOk);
  EXPECT_EQ(ended[1].instance, 1u);
  EXPECT_EQ(code, uint32_t{NGHTTP2_CANCEL});
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  EXPECT_EQ(server_->connections(), 1);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2EndsTest, TheStepThatTookTooLongIsTold) {
  instance().timeout = absl::Milliseconds(500);
  SetBodies({"{}"});
  struct Step {
    std::function<void(Http2Peer&, uint32_t)> act;
    Reason reason;
  };
  const std::vector<Step> steps = {
      {[](Http2Peer&, uint32_t) {}, Reason::kFirstByteTimeout},
      {[](Http2Peer& peer, uint32_t stream) {
         peer.SendFrame(NGHTTP2_HEADERS, 0, stream, "\x88");
       },
       Reason::kHeadTimeout},
      {[](Http2Peer& peer, uint32_t stream) {
         peer.SendHead(stream, {{":status", "200"}}, false);
         peer.SendBody(stream, "half", false);
       },
       Reason::kBodyTimeout}};
  for (const Step& step : steps) {
    EXPECT_EQ(CallWith(step.act).reason, step.reason);
  }
  // Windows that never open.
  SetBodies({std::string(100'000, 'b')});
  Serve([](Connection& connection) {
    Http2Peer peer(connection);
    peer.opens_windows = false;
    if (!peer.Begin({{kWindow, 0}})) return;
    while (peer.ReadFrame()) {
    }
  });
  ASSERT_TRUE(Warm(1).ok());
  EXPECT_EQ(SendAndAwait().reason, Reason::kSendTimeout);
  EXPECT_EQ(FirstDetail(), "after 0 of 100000 bytes of the request's body");
}

// A firewall has forgotten it, or the server hangs: no end ever comes.
TEST_P(Http2EndsTest, AConnectionThatFallsSilentIsReplaced) {
  instance().timeout = absl::Milliseconds(300);
  Serve([this](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    while (const auto request = peer.ReadRequest()) {
      if (connection.number() == 0 && request->stream > 1) {
        connection.AwaitEnd();
        server_did_.Reach(1);
        return;
      }
      if (!peer.Answer(request->stream)) return;
    }
  });
  ASSERT_EQ(SendAndAwait().outcome, Outcome::kOk);
  EXPECT_EQ(SendAndAwait().reason, Reason::kFirstByteTimeout);
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_TRUE(record.new_connection);
  EXPECT_TRUE(server_did_.Await(1)) << "it was not closed";
  EXPECT_EQ(invoker_->connections().closed_by_peer, 0u);
}

// A slow function is no reason to open connections.
TEST_P(Http2EndsTest, AConnectionThatAnswersOthersIsKept) {
  instance().timeout = absl::Milliseconds(300);
  Serve([](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    while (const auto request = peer.ReadRequest()) {
      if (request->stream == 3) continue;  // for ever
      if (!peer.Answer(request->stream)) return;
    }
  });
  ASSERT_EQ(SendAndAwait().outcome, Outcome::kOk);
  Send(1);
  PollOnce();
  Send(2);
  std::vector<Outcome> outcomes;
  for (const Record& record : Await(2)) outcomes.push_back(record.outcome);
  EXPECT_THAT(outcomes, ElementsAre(Outcome::kOk, Outcome::kTimeout));
  EXPECT_FALSE(SendAndAwait().new_connection);
}

TEST_P(Http2EndsTest, AbortedCallsEndWithWhatWasKnown) {
  NumberBodies(6);
  Serve([](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin({{kMaxStreams, 2}})) return;
    if (const auto request = peer.ReadRequest()) {
      peer.SendHead(request->stream, {{":status", "200"}}, false);
    }
    while (peer.ReadFrame()) {
    }
  });
  ASSERT_TRUE(Warm(1).ok());
  for (uint64_t i = 0; i < 6; ++i) Send(i);
  for (int i = 0; i < 20; ++i) PollOnce(kMs);
  std::vector<Record> ended;
  invoker_->AbortAll(clock_,
                     [&](const Record& record) { ended.push_back(record); });
  ASSERT_EQ(ended.size(), 6u);
  for (const Record& record : ended) {
    EXPECT_EQ(record.outcome, Outcome::kAborted);
    EXPECT_EQ(record.status, record.sequence == 0 ? 200 : 0);
    EXPECT_EQ(record.bytes_sent > 0, record.sequence < 2);
  }
}

}  // namespace
}  // namespace invocator
