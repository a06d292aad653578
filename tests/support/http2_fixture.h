// An invoker that speaks HTTP/2, with a server that does so as its test says.
#ifndef INVOCATOR_TESTS_SUPPORT_HTTP2_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_HTTP2_FIXTURE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/http2_peer.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {

inline constexpr uint16_t kMaxStreams = NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS;
inline constexpr uint16_t kWindow = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE;

class Http2Fixture : public InvokerFixture {
 protected:
  Http2Fixture() {
    http2_ = true;
    if (tls_ != nullptr) SpeakTls({.alpn = "h2"});
  }

  // Its threads use what is ours.
  ~Http2Fixture() override { server_.reset(); }

  // Answers every request of a connection, after it has begun so.
  void ServeAll(const Http2Peer::Settings& settings = {},
                Signer* signer = nullptr) {
    Serve(
        [this, settings](ScriptedServer::Connection& connection) {
          Http2Peer peer(connection);
          if (!peer.Begin(settings)) return;
          while (const auto request = peer.ReadRequest()) {
            Note(*request);
            if (!peer.Answer(request->stream)) return;
          }
        },
        signer);
  }
  void Note(const Http2Peer::Request& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
  }
  std::vector<Http2Peer::Request> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  // Of bodies that name their calls.
  std::vector<std::string> bodies() {
    std::vector<std::string> all;
    for (const Http2Peer::Request& request : seen())
      all.push_back(request.body);
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
    Serve([act](ScriptedServer::Connection& connection) {
      Http2Peer peer(connection);
      if (!peer.Begin()) return;
      const auto request = peer.ReadRequest();
      if (!request) return;
      act(peer, request->stream);
      while (peer.ReadFrame()) {
      }
    });
    EXPECT_TRUE(Warm(1).ok());  // a handshake may take long
    return SendAndAwait();
  }

  std::vector<Http2Peer::Request> seen_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_HTTP2_FIXTURE_H_
