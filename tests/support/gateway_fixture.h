// A gateway's server on loopback, in a thread.
#ifndef INVOCATOR_TESTS_SUPPORT_GATEWAY_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_GATEWAY_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gateway/options.h"
#include "gateway/server.h"
#include "tests/support/raw_client.h"

namespace invocator {

class GatewayFixture : public testing::Test {
 protected:
  static constexpr char kPing[] =
      "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n";
  static constexpr char kCall[] =
      "POST /default/f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
      "\r\n{}";

  GatewayFixture() { options_.server.port = 0; }
  ~GatewayFixture() override { StopServer(); }

  void StartServer() {
    auto server = GatewayServer::Create(options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    port_ = server_->port();
    thread_ = std::thread([this] { server_->Run(); });
  }

  void StopServer() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }

  std::string Ask(absl::string_view request) {
    RawClient client(port_);
    client.Send(request);
    return client.ReadResponse();
  }

  // Until the statistics say so, or the deadline has passed.
  bool WaitForStats(absl::string_view text) {
    auto end = std::chrono::steady_clock::now() + RawClient::kDeadline;
    while (std::chrono::steady_clock::now() < end) {
      if (absl::StrContains(
              Ask("GET /_stats HTTP/1.1\r\nHost: localhost\r\n\r\n"), text)) {
        return true;
      }
    }
    return false;
  }

  GatewayOptions options_;
  std::unique_ptr<GatewayServer> server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_GATEWAY_FIXTURE_H_
