// Answers and connections of servers that break the rules of HTTP/2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/http2_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using Request = Http2Peer::Request;
using testing::HasSubstr;

class Http2FaultsTest : public Http2Fixture {};
INSTANTIATE_TEST_SUITE_P(Direct, Http2FaultsTest, DirectTransport(),
                         TransportName);

struct BadServer {
  const char* name;
  std::function<void(Http2Peer&, uint32_t stream)> act;
  Reason reason;
  const char* detail;  // a part of it
};

TEST_P(Http2FaultsTest, WhatBreaksAnAnswerBreaksNoOther) {
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
    server_.reset();
  }
  server_.reset();  // it uses the variables above
}

TEST_P(Http2FaultsTest, WhatBreaksHttp2EndsTheConnection) {
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

}  // namespace
}  // namespace invocator
