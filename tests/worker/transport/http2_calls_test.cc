// Calls over HTTP/2, to a server that does as its test says: the limits and
// ends that it may set, well-behaved or not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/http2_peer.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using Request = Http2Peer::Request;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr uint16_t kMaxStreams = NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS;
constexpr uint16_t kWindow = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE;

class Http2CallsTest : public InvokerFixture {
 protected:
  Http2CallsTest() {
    http2_ = true;
    if (tls_ != nullptr) SpeakTls({.alpn = "h2"});
  }

  // Answers every request of a connection, after it has begun so.
  void ServeAll(const Http2Peer::Settings& settings = {}) {
    Serve([this, settings](Connection& connection) {
      Http2Peer peer(connection);
      if (!peer.Begin(settings)) return;
      while (const auto request = peer.ReadRequest()) {
        Note(*request);
        if (!peer.Answer(request->stream)) return;
      }
    });
  }
  void Note(const Request& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
  }
  std::vector<Request> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  // Of bodies that name their calls.
  std::vector<std::string> bodies() {
    std::vector<std::string> all;
    for (const Request& request : seen()) all.push_back(request.body);
    return all;
  }
  // A body for each sequence number.
  void NumberBodies(int count) {
    PayloadSet bodies;
    for (int i = 0; i < count; ++i) bodies.push_back(absl::StrCat(i));
    SetBodies(std::move(bodies));
  }
  std::string FirstDetail() {
    const std::vector<FailureSample> samples = invoker_->TakeFailures();
    return samples.empty() ? "" : samples[0].detail;
  }
  // The record of a call whose only request that act deals with.
  Record CallWith(const std::function<void(Http2Peer&, uint32_t stream)>& act) {
    Serve([act](Connection& connection) {
      Http2Peer peer(connection);
      if (!peer.Begin()) return;
      const auto request = peer.ReadRequest();
      if (!request) return;
      act(peer, request->stream);
      while (peer.ReadFrame()) {
      }
    });
    return SendAndAwait();
  }

  std::vector<Request> seen_;
};
INSTANTIATE_TEST_SUITE_P(Direct, Http2CallsTest, DirectTransport(),
                         TransportName);

TEST_P(Http2CallsTest, AnAnswerBecomesARecord) {
  SetBodies({R"({"n": 1})"});
  ServeAll();
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.request_id.view(), "r-1");
  EXPECT_TRUE(record.new_connection);
  EXPECT_EQ(record.blocked_ns, 17);
  EXPECT_LE(record.sent_ns, record.first_byte_ns);
  EXPECT_LE(record.first_byte_ns, record.done_ns);
  EXPECT_GT(record.bytes_sent, 8u);  // body and encoded head
  EXPECT_LT(record.bytes_sent, 200u);
  EXPECT_GT(record.bytes_received, 2u);
  const Record second = SendAndAwait();
  EXPECT_FALSE(second.new_connection);
  // What was said before is in the table.
  EXPECT_LT(second.bytes_sent, record.bytes_sent);
  EXPECT_EQ(invoker_->connections().opened, 1u);
  EXPECT_EQ(invoker_->connections().reused, 1u);
}

TEST_P(Http2CallsTest, ARequestHasTheFieldsOfHttp2) {
  instance().headers = {{"X-Mine", " spaced "},
                        {"Connection", "close"},
                        {"TE", "gzip"},
                        {"Upgrade", "h3"}};
  SetBodies({R"({"n": 1})"});
  ServeAll();
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  std::map<std::string, std::string> fields = seen().at(0).fields;
  EXPECT_EQ(fields[":method"], "POST");
  EXPECT_EQ(fields[":scheme"], tls_ != nullptr ? "https" : "http");
  EXPECT_EQ(fields[":authority"], instance().endpoint.host);
  EXPECT_EQ(fields[":path"], instance().endpoint.path);
  EXPECT_EQ(fields["x-mine"], "spaced");
  EXPECT_EQ(fields["content-length"], "8");
  EXPECT_EQ(fields["content-type"], "application/json");
  for (const char* name : {"host", "connection", "te", "upgrade"}) {
    EXPECT_FALSE(fields.contains(name)) << name;
  }
  EXPECT_EQ(seen().at(0).body, R"({"n": 1})");
}

TEST_P(Http2CallsTest, OnlyTheSignatureIsNeverIndexed) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  Signer signer({"AKID", "secret", std::string(1'500, 't')});
  std::map<std::string, bool> never_indexed;
  Serve(
      [&](Connection& connection) {
        Http2Peer peer(connection);
        if (!peer.Begin()) return;
        while (const auto request = peer.ReadRequest()) {
          Note(*request);
          never_indexed = peer.never_indexed;
          peer.Answer(request->stream);
        }
      },
      &signer);
  uint64_t sent[4] = {};
  for (uint64_t& bytes : sent) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    bytes = record.bytes_sent;
    if (&bytes == &sent[1]) ++wall_.unix_s;  // another signature and date
  }
  const std::vector<Request> requests = seen();
  for (const Request& request : requests) {
    EXPECT_EQ(request.fields.at("x-amz-security-token").size(), 1'500u);
    EXPECT_THAT(request.fields.at("authorization"),
                StartsWith("AWS4-HMAC-SHA256 Credential=AKID/"));
  }
  EXPECT_EQ(requests[0].fields.at("authorization"),
            requests[1].fields.at("authorization"));
  EXPECT_NE(requests[1].fields.at("authorization"),
            requests[2].fields.at("authorization"));
  EXPECT_NE(requests[1].fields.at("x-amz-date"),
            requests[2].fields.at("x-amz-date"));
  for (const auto& [name, never] : never_indexed) {
    EXPECT_EQ(never, name == "authorization") << name;
  }
  EXPECT_GT(sent[0], 1'000u);
  EXPECT_LT(sent[1], 400u);
  EXPECT_LT(sent[3], sent[1] + 10);  // hexadecimal digits differ in length
  EXPECT_LT(sent[2], sent[1] + 20);  // its date
}

TEST_P(Http2CallsTest, AHeaderBlockOfSeveralFramesArrivesWhole) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  Signer signer({"AKID", "secret", "token"});
  // The end of the block would fit, just fit, or not fit in the first frame.
  for (const size_t size : {15'900u, 16'000u, 16'384u, 20'000u, 33'000u}) {
    seen_.clear();
    // Huffman's code has 8 bits for these.
    instance().headers = {{"x-large", std::string(size, 'X')}};
    Serve(
        [&](Connection& connection) {
          Http2Peer peer(connection);
          if (!peer.Begin()) return;
          while (const auto request = peer.ReadRequest()) {
            Note(*request);
            peer.Answer(request->stream);
          }
        },
        &signer);
    ASSERT_EQ(SendAndAwait().outcome, Outcome::kOk) << size;
    EXPECT_EQ(seen()[0].fields["x-large"].size(), size);
    EXPECT_THAT(seen()[0].fields["authorization"], HasSubstr("Signature="))
        << size;
  }
}

TEST_P(Http2CallsTest, AThousandCallsShareAConnection) {
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
TEST_P(Http2CallsTest, CallsWaitForAStreamInTheirOrder) {
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
  }
}

TEST_P(Http2CallsTest, TheLimitOnStreamsMayChangeAmidTheRun) {
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
}

TEST_P(Http2CallsTest, CallsAreSpreadOverConnectionsOpenedAhead) {
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
}

// One of four is ended by the server: the others carry the calls, and another
// is opened in its place, for which no call waits.
TEST_P(Http2CallsTest, ALostConnectionIsOpenedAnewWhileCallsCome) {
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
  for (int i = 0; i < 200 && invoker_->connections().opened < 3; ++i) {
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
}

TEST_P(Http2CallsTest, CallsThatAGoAwayLeavesOutAreSentAgainOnce) {
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
}

TEST_P(Http2CallsTest, ACallIsNotSentAThirdTime) {
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
  EXPECT_EQ(FirstDetail(), "refused twice");
  EXPECT_EQ(requests, 2);
}

TEST_P(Http2CallsTest, ARefusedStreamIsSentAgainOnItsConnection) {
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
}

TEST_P(Http2CallsTest, AResetSaysItsCode) {
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
TEST_P(Http2CallsTest, ARefusalAfterTheHeadIsNoLeaveToSendAgain) {
  const Record record = CallWith([](Http2Peer& peer, uint32_t stream) {
    peer.SendHead(stream, {{":status", "200"}}, false);
    peer.Reset(stream, NGHTTP2_REFUSED_STREAM);
  });
  EXPECT_EQ(record.reason, Reason::kStreamReset);
  EXPECT_EQ(record.status, 200);
}

TEST_P(Http2CallsTest, AGoAwayWithAnErrorIsCleanedAndTold) {
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

struct BadServer {
  const char* name;
  std::function<void(Http2Peer&, uint32_t stream)> act;
  Reason reason;
  const char* detail;  // a part of it
};

TEST_P(Http2CallsTest, WhatBreaksAnAnswerBreaksNoOther) {
  const std::vector<BadServer> servers = {
      {"too little for its length",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendHead(stream, {{":status", "200"}, {"content-length", "5"}},
                       false);
         peer.SendBody(stream, "four");
       },
       Reason::kMalformedAnswer, "after 4 bytes of the body"},
      {"too much for its length",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendHead(stream, {{":status", "200"}, {"content-length", "5"}},
                       false);
         peer.SendBody(stream, "sixsix");
       },
       Reason::kMalformedAnswer, "PROTOCOL_ERROR"},
      {"no status",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendHead(stream, {{"server", "x"}}, true);
       },
       Reason::kMalformedAnswer, ""},
      {"status in words",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendHead(stream, {{":status", "fine"}}, true);
       },
       Reason::kMalformedAnswer, ""},
      {"a connection's field",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendHead(stream, {{":status", "200"}, {"connection", "close"}},
                       true);
       },
       Reason::kMalformedAnswer, ""},
      {"a body for 204",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendHead(stream, {{":status", "204"}}, false);
         peer.SendBody(stream, "body");
       },
       Reason::kMalformedAnswer, ""},
      {"fields without end",
       [](Http2Peer& peer, uint32_t stream) {
         const std::string value(8'000, 'v');
         for (int i = 0; i < 40; ++i) {
           // Interim answers; each is well.
           peer.SendHead(stream, {{":status", "103"}, {"link", value}}, false);
         }
       },
       Reason::kHeadTooLarge, "256 KiB"},
  };
  for (const BadServer& server : servers) {
    std::atomic<int> requests = 0;
    Serve([&](Connection& connection) {
      Http2Peer peer(connection);
      if (!peer.Begin()) return;
      while (const auto request = peer.ReadRequest()) {
        if (++requests == 1) {
          server.act(peer, request->stream);
        } else {
          peer.Answer(request->stream);
        }
      }
    });
    EXPECT_EQ(SendAndAwait().reason, server.reason) << server.name;
    EXPECT_THAT(FirstDetail(), HasSubstr(server.detail)) << server.name;
    EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk) << server.name;
    EXPECT_EQ(server_->connections(), 1) << server.name;
  }
}

TEST_P(Http2CallsTest, WhatBreaksHttp2EndsTheConnection) {
  const auto send = [](std::string bytes) {
    return [bytes](Http2Peer& peer, uint32_t) { peer.Send(bytes); };
  };
  const auto flood = [](uint8_t type, std::string payload) {
    return [=](Http2Peer& peer, uint32_t) {
      const std::string frame = Http2Peer::FrameOf(type, 0, 0, payload);
      std::string many;
      for (int i = 0; i < 100; ++i) many += frame;
      // Reads nothing, so that nothing can be acknowledged.
      for (int i = 0; i < 400 && peer.Send(many); ++i) {
      }
    };
  };
  using Peer = Http2Peer;
  const std::vector<BadServer> servers = {
      {"garbage", send(std::string(300, '\x01')), Reason::kHttp2Error, ""},
      {"HTTP/1.1", send("HTTP/1.1 400 Bad Request\r\n\r\n"),
       Reason::kHttp2Error, ""},
      {"a pushed stream",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendFrame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, stream,
                        Peer::Number(2, 4) + peer.BlockOf({{":method", "GET"},
                                                           {":scheme", "http"},
                                                           {":authority", "a"},
                                                           {":path", "/"}}));
       },
       Reason::kHttp2Error, ""},
      {"broken HPACK",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendFrame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream,
                        "\xff\xff\xff\xff\xff\xff\xff");
       },
       Reason::kHttp2Error, ""},
      {"data on a stream never opened",
       [](Http2Peer& peer, uint32_t) { peer.SendBody(99, "x"); },
       Reason::kHttp2Error, ""},
      {"a frame larger than allowed",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendFrame(NGHTTP2_DATA, 0, stream, std::string(20'000, 'x'));
       },
       Reason::kHttp2Error, ""},
      {"a window beyond 2^31",
       [](Http2Peer& peer, uint32_t) {
         for (int i = 0; i < 2; ++i) {
           peer.SendFrame(NGHTTP2_WINDOW_UPDATE, 0, 0,
                          Peer::Number(0x7fffffff, 4));
         }
       },
       Reason::kHttp2Error, ""},
      {"a head amid another's",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendFrame(NGHTTP2_HEADERS, 0, stream, "\x88");
         peer.SendFrame(NGHTTP2_PING, 0, 0, "12345678");
       },
       Reason::kHttp2Error, ""},
      {"CONTINUATION without end",
       [](Http2Peer& peer, uint32_t stream) {
         peer.SendFrame(NGHTTP2_HEADERS, 0, stream, "\x88");
         for (int i = 0; i < 2'000; ++i) {
           if (!peer.SendFrame(NGHTTP2_CONTINUATION, 0, stream, "")) return;
         }
       },
       Reason::kHttp2Error, ""},
      {"SETTINGS without end", flood(NGHTTP2_SETTINGS, ""), Reason::kHttp2Error,
       ""},
      {"PING without end", flood(NGHTTP2_PING, "12345678"), Reason::kHttp2Error,
       ""},
  };
  for (const BadServer& server : servers) {
    const Record record = CallWith(server.act);
    EXPECT_EQ(record.reason, server.reason)
        << server.name << ": " << ReasonName(record.reason);
    EXPECT_NE(FirstDetail(), "") << server.name;
  }
}

TEST_P(Http2CallsTest, AnAnswerMayBeCutAtAnyByte) {
  std::string answer;
  std::atomic<size_t> cut = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    const auto request = peer.ReadRequest();
    if (!request) return;
    std::string whole =
        Http2Peer::FrameOf(
            NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, request->stream,
            peer.BlockOf({{":status", "200"}, {"x-amzn-requestid", "r-1"}})) +
        Http2Peer::FrameOf(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM,
                           request->stream, "hi");
    {
      const std::lock_guard lock(mutex_);
      answer = whole;
    }
    peer.Send(absl::string_view(whole).substr(0, cut));
  });
  std::set<Reason> reasons;
  for (size_t size = 1; cut < size; ++cut) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kProtocolError) << cut;
    reasons.insert(record.reason);
    const std::lock_guard lock(mutex_);
    size = answer.size();
  }
  EXPECT_EQ(reasons,
            (std::set<Reason>{Reason::kClosedBeforeAnswer,
                              Reason::kClosedInHead, Reason::kClosedInBody}));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
}

TEST_P(Http2CallsTest, InterimAnswersAndTrailersAreNotTheAnswer) {
  const Record record = CallWith([](Http2Peer& peer, uint32_t stream) {
    peer.SendHead(stream, {{":status", "103"}, {"link", "x"}}, false);
    peer.SendHead(stream, {{":status", "100"}}, false);
    const std::string block =
        peer.BlockOf({{":status", "200"}, {"x-amzn-requestid", "r-1"}});
    // In frames of a byte.
    peer.SendFrame(NGHTTP2_HEADERS, 0, stream, block.substr(0, 1));
    peer.SendFrame(NGHTTP2_CONTINUATION, 0, stream, "");
    peer.SendFrame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, stream,
                   block.substr(1));
    peer.SendBody(stream, "hi", false);
    peer.SendFrame(NGHTTP2_PING, 0, 0, "12345678");
    peer.SendHead(stream, {{"x-trailer", "y"}}, true);
  });
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.request_id.view(), "r-1");
}

TEST_P(Http2CallsTest, AnAnswerToHeadHasNoBody) {
  instance().method = "HEAD";
  EXPECT_EQ(CallWith([](Http2Peer& peer, uint32_t stream) {
              peer.SendHead(
                  stream, {{":status", "200"}, {"content-length", "9"}}, true);
            }).outcome,
            Outcome::kOk);
}

TEST_P(Http2CallsTest, AnAnswerMayComeBeforeTheRequestHasLeft) {
  SetBodies({std::string(1'000'000, 'b')});
  std::atomic<uint32_t> code = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    peer.opens_windows = false;
    if (!peer.Begin()) return;
    uint32_t stream = 0;
    while (const auto frame = peer.ReadFrame()) {
      if (frame->type == NGHTTP2_HEADERS) {
        stream = frame->stream;
        peer.SendHead(stream, {{":status", "413"}}, true);
      }
      if (peer.resets.contains(stream)) {
        code = peer.resets[stream];
        server_did_.Reach(1);
      }
    }
  });
  const Record record = SendAndAwait();
  EXPECT_EQ(record.status, 413);
  EXPECT_EQ(record.outcome, Outcome::kHttpError);
  PollOnce(kMs);
  ASSERT_TRUE(server_did_.Await(1));
  EXPECT_EQ(code, uint32_t{NGHTTP2_CANCEL});
}

TEST_P(Http2CallsTest, AMegabyteGoesBothWays) {
  const std::string body(1'000'000, 'b');
  SetBodies({body});
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    while (const auto request = peer.ReadRequest()) {
      peer.Answer(request->stream, request->body);
    }
  });
  // More in all than the windows that the client opened at first.
  for (int i = 0; i < 40; ++i) {
    const Record record = SendAndAwait();
    ASSERT_EQ(record.outcome, Outcome::kOk) << i;
    EXPECT_GT(record.bytes_sent, body.size());
    EXPECT_GT(record.bytes_received, body.size());
    EXPECT_LT(record.bytes_received, body.size() + 1'000);
  }
}

TEST_P(Http2CallsTest, ATimeoutEndsItsStreamAndNoOther) {
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
}

TEST_P(Http2CallsTest, TheStepThatTookTooLongIsTold) {
  instance().timeout = absl::Milliseconds(100);
  SetBodies({std::string(100'000, 'b')});
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

TEST_P(Http2CallsTest, ACallThatWaitsForAStreamMayTimeOut) {
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
TEST_P(Http2CallsTest, CallsThatWaitSurviveTheirConnection) {
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
}

TEST_P(Http2CallsTest, AbortedCallsEndWithWhatWasKnown) {
  NumberBodies(6);
  Serve([this](Connection& connection) {
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

TEST_P(Http2CallsTest, WarmingNeedsAServerThatSpeaksHttp2) {
  Serve([](Connection& connection) {
    connection.ReadBytes(24);
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const absl::Status warmed = Warm(1);
  EXPECT_EQ(warmed.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(warmed.message()), HasSubstr(server_->url()));
  EXPECT_EQ(invoker_->connections().failed, 1u);
}

class Http2FallbackTest : public InvokerFixture {
 protected:
  Http2FallbackTest() { http2_ = true; }
};
INSTANTIATE_TEST_SUITE_P(Direct, Http2FallbackTest,
                         testing::Values(Transport::kDirectTls), TransportName);

// As many connections as calls, then, as without --http2.
TEST_P(Http2FallbackTest, AServerWithoutHttp2GetsHttp11) {
  Serve([this](Connection& connection) {
    if (connection.ReadRequest().empty()) return;
    server_did_.Reach(connection.number() + 1);
    client_did_.Await(1);
    do {
      connection.Send(kOk);
    } while (!connection.ReadRequest().empty());
  });
  for (uint64_t i = 0; i < 5; ++i) Send(i);
  for (int i = 0; i < 2'000 && server_->connections() < 5; ++i) PollOnce(kMs);
  client_did_.Reach(1);
  for (const Record& record : Await(5)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
  }
  EXPECT_EQ(server_->connections(), 5);
}

// More than nghttp2 sends if it is not told to.
TEST_P(Http2CallsTest, ARequestMayHaveVeryManyHeaderFields) {
  for (int i = 0; i < 12; ++i) {
    instance().headers.emplace_back(absl::StrCat("X-Many-", i),
                                    std::string(8'000, 'v'));
  }
  ServeAll();
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  EXPECT_EQ(seen().at(0).fields.at("x-many-11").size(), 8'000u);
}

// A firewall has forgotten it, or the server hangs: no end ever comes.
TEST_P(Http2CallsTest, AConnectionThatFallsSilentIsReplaced) {
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
TEST_P(Http2CallsTest, AConnectionThatAnswersOthersIsKept) {
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

}  // namespace
}  // namespace invocator
