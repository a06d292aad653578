// An invoker, over each event loop in turn, in the clear and under TLS, that
// sends to a server which does as its test says. Every wait ends after
// kDeadlineNs.
#ifndef INVOCATOR_TESTS_SUPPORT_INVOKER_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_INVOKER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/milestone.h"
#include "tests/support/plans.h"
#include "tests/support/scripted_server.h"
#include "worker/engine/invoker.h"
#include "worker/io/open_loop.h"
#include "worker/transport/direct_invoker.h"

namespace invocator {

inline constexpr int64_t kMs = 1'000'000;
inline constexpr int64_t kDeadlineNs = 10'000 * kMs;
inline constexpr int64_t kUnixS = 1'700'000'000;

inline constexpr char kOk[] =
    "HTTP/1.1 200 OK\r\nx-amzn-RequestId: r-1\r\nContent-Length: 2\r\n\r\nhi";

class FixedWallClock final : public WallClock {
 public:
  int64_t NowUnixS() const override { return unix_s; }
  int64_t unix_s = kUnixS;
};

// Over epoll, and over io_uring where the kernel allows it.
enum class Transport { kDirect, kUring, kDirectTls, kUringTls };

class InvokerFixture : public testing::TestWithParam<Transport> {
 protected:
  InvokerFixture() : plan_(PlanOf({ListInstance("f", {1}, 10)}, 10)) {
    if (GetParam() >= Transport::kDirectTls) SpeakTls({});
  }

  void SetUp() override {
    if (!uring()) return;
    const absl::Status there = UringIsThere();
    if (!there.ok()) GTEST_SKIP() << there;
  }

  bool uring() const {
    return GetParam() == Transport::kUring ||
           GetParam() == Transport::kUringTls;
  }

  // Servers from here on speak TLS so.
  void SpeakTls(const ServerTls::Options& options) {
    server_.reset();
    tls_ = std::make_unique<ServerTls>(options);
    target_.ca_file = tls_->ca_file();
  }

  InstancePlan& instance() { return plan_.instances[0]; }
  void SetBodies(PayloadSet bodies) {
    plan_.payload_sets = {std::move(bodies)};
    instance().payload_set = 0;
  }

  // Starts a server with that script, and an invoker that sends to it. Both
  // milestones are back at 0.
  void Serve(ScriptedServer::Script script, Signer* signer = nullptr) {
    server_.reset();
    client_did_.Reach(0);
    server_did_.Reach(0);
    server_ = std::make_unique<ScriptedServer>(std::move(script), tls_.get());
    SendTo(server_->url(), signer);
  }
  // The same answer to every request; requests_ has what came.
  void Answer(std::string response, Signer* signer = nullptr) {
    Serve(
        [this, response](ScriptedServer::Connection& connection) {
          while (true) {
            std::string request = connection.ReadRequest();
            if (request.empty()) return;
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
            if (!connection.Send(response)) return;
          }
        },
        signer);
  }
  void SendTo(const std::string& url, Signer* signer = nullptr) {
    absl::StatusOr<std::unique_ptr<Invoker>> invoker =
        MakeInvoker(PrepareRequests(plan_, WholeShares(plan_), url, signer));
    ASSERT_TRUE(invoker.ok()) << invoker.status();
    invoker_ = *std::move(invoker);
  }
  absl::StatusOr<std::unique_ptr<Invoker>> MakeInvoker(
      std::vector<InstanceRequest> requests) {
    return MakeInvoker(std::move(requests), addresses_);
  }
  absl::StatusOr<std::unique_ptr<Invoker>> MakeInvoker(
      std::vector<InstanceRequest> requests, HostAddresses& addresses) {
    const InvokerOptions options = {
        .target = target_,
        .max_in_flight = max_in_flight_,
        .http2 = http2_,
        .connections = connections_,
        .io = uring() ? IoMode::kUring : IoMode::kEpoll};
    return DirectInvoker::Create(std::move(requests),
                                 AddressTurns(addresses, 0), wall_, options);
  }
  absl::Status Warm(uint32_t count, int64_t timeout_ns = kDeadlineNs) {
    return invoker_->Warm(count, steady_, timeout_ns, [] { return false; });
  }

  void Send(uint64_t sequence = 0) {
    DueInvocation due;
    due.sequence = sequence;
    due.scheduled_ns = clock_.NowNs() - kMs;
    due.blocked_ns = 17;
    invoker_->Send(due, clock_);
  }
  // Polls until `count` have ended, or the deadline.
  std::vector<Record> Await(size_t count) {
    std::vector<Record> ended;
    const int64_t deadline_ns = clock_.NowNs() + kDeadlineNs;
    while (ended.size() < count && clock_.NowNs() < deadline_ns) {
      int64_t told_ns = 0;
      const int64_t polled_ns = invoker_->Poll(
          clock_.NowNs(), deadline_ns, clock_, [&](const Record& record) {
            ended.push_back(record);
            told_ns = clock_.NowNs();
          });
      EXPECT_GE(polled_ns, told_ns) << "the clock was not read again";
    }
    EXPECT_EQ(ended.size(), count);
    ended.resize(count);
    return ended;
  }
  Record SendAndAwait(uint64_t sequence = 0) {
    Send(sequence);
    return Await(1)[0];
  }
  // Nothing may end in it.
  void PollOnce(int64_t timeout_ns = 0) {
    const int64_t now_ns = clock_.NowNs();
    invoker_->Poll(now_ns, now_ns + timeout_ns, clock_,
                   [](const Record&) { FAIL(); });
  }
  // Of the direct transport: lets events come until the peer has closed that
  // many connections.
  void PollUntilClosed(uint64_t count) {
    const int64_t deadline_ns = clock_.NowNs() + kDeadlineNs;
    while (invoker_->connections().closed_by_peer < count &&
           clock_.NowNs() < deadline_ns) {
      PollOnce(kMs);
    }
    EXPECT_EQ(invoker_->connections().closed_by_peer, count);
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  const SystemSteadyClock steady_;
  const RunClock clock_{steady_, steady_.NowNs()};
  FixedWallClock wall_;
  HostAddresses addresses_{steady_};
  Plan plan_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  // For the script and its test to wait for one another.
  Milestone client_did_;
  Milestone server_did_;
  std::unique_ptr<ServerTls> tls_;
  std::unique_ptr<ScriptedServer> server_;
  TargetOptions target_;
  uint32_t max_in_flight_ = 64;
  bool http2_ = false;
  uint32_t connections_ = 1;  // of HTTP/2
  std::unique_ptr<Invoker> invoker_;
};

// For INSTANTIATE_TEST_SUITE_P.
inline auto DirectTransport() {
  return testing::Values(Transport::kDirect, Transport::kUring,
                         Transport::kDirectTls, Transport::kUringTls);
}
inline std::string TransportName(
    const testing::TestParamInfo<Transport>& info) {
  static constexpr const char* kNames[] = {"Direct", "Uring", "DirectTls",
                                           "UringTls"};
  return kNames[static_cast<size_t>(info.param)];
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_INVOKER_FIXTURE_H_
