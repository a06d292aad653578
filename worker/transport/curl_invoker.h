// Invoker on libcurl's multi_socket interface: reuses connections and handles;
// HTTP/1.1 with keep-alive, or HTTP/2 if requested. libcurl stays with the
// first address of a host that answers. Only for TLS to a proxy.
//
// Over HTTP/2 a call is sent again at most once, if the server says that it has
// not processed it; over HTTP/1.1 never.
//
// Under TLS it detects less than worker/transport/direct_invoker.h: before
// libcurl 8 an HTTP/1.1 answer that ends with its connection counts as complete
// even without a close_notify.
//
// Units, threads: see worker/engine/invoker.h. Borrows the plan and signer that
// its requests borrow, the addresses that its turns borrow, and the wall clock;
// owns its libcurl handles.
#ifndef INVOCATOR_WORKER_TRANSPORT_CURL_INVOKER_H_
#define INVOCATOR_WORKER_TRANSPORT_CURL_INVOKER_H_

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "worker/engine/invoker.h"
#include "worker/exchange/failure_samples.h"
#include "worker/exchange/request.h"
#include "worker/io/event_loop.h"
#include "worker/net/address_turns.h"
#include "worker/net/curl_multi.h"
#include "worker/transport/curl_transfer.h"
#include "worker/transport/invoker_options.h"

namespace invocator {

class CurlInvoker final : public Invoker {
 public:
  static absl::StatusOr<std::unique_ptr<CurlInvoker>> Create(
      std::vector<InstanceRequest> requests, AddressTurns turns,
      const WallClock& wall, const InvokerOptions& options);
  ~CurlInvoker() override;

  void Send(const DueInvocation& due, const RunClock& clock) override;
  int64_t Poll(int64_t now_ns, int64_t until_ns, const RunClock& clock,
               OnEnded on_ended) override;
  void AbortAll(const RunClock& clock, OnEnded on_ended) override;
  void Wake() override { loop_->Wake(); }
  // Of connections that the peer closed, libcurl reports only those on which a
  // call had to be sent again.
  ConnectionCounts connections() const override { return connections_; }
  std::vector<FailureSample> TakeFailures() override {
    return failures_.Take();
  }

  // Opens each with an unsigned GET /ping, which API Gateway reserves for its
  // own health check and which no function sees.
  absl::Status Warm(uint32_t count, const SteadyClock& clock,
                    int64_t timeout_ns,
                    const std::function<bool()>& give_up) override;

 private:
  // An instance's headers and idle transfers, for its next invocations.
  struct Target {
    struct Body {
      std::shared_ptr<const CurlHeaders> headers;
      int64_t unix_s = -1;  // the second they were signed for
    };
    std::vector<Body> bodies;
    std::vector<std::unique_ptr<CurlTransfer>> idle;
    OriginFacts* origin = nullptr;
  };

  CurlInvoker(std::unique_ptr<EventLoop> loop, std::unique_ptr<CurlMulti> multi,
              std::vector<InstanceRequest> requests, AddressTurns turns,
              const WallClock& wall, const InvokerOptions& options);

  OriginFacts& FactsOf(const std::string& url);
  // Gives the transfer the addresses to connect to; false if none is known.
  bool SetAddresses(CurlTransfer& transfer, const OriginFacts& origin);

  const std::shared_ptr<const CurlHeaders>& HeadersNow(uint32_t instance,
                                                       size_t body);
  // Calls `on_ended` for transfers that have ended, reported by libcurl or for
  // lack of an address; false if none has.
  bool DeliverEnded(const RunClock& clock, OnEnded on_ended);
  void Count(const CurlTransfer& transfer, Outcome outcome);
  void End(CurlTransfer& transfer, Outcome outcome, int64_t now_ns,
           OnEnded on_ended);
  // Lets libcurl act on sockets and timers, sleeping until `until_ns` at most.
  void Turn(int64_t now_ns, int64_t until_ns, const RunClock& clock);

  const std::unique_ptr<EventLoop> loop_;
  std::vector<InstanceRequest> requests_;
  AddressTurns turns_;
  const WallClock& wall_;
  const InvokerOptions options_;
  std::map<std::string, OriginFacts> origins_;  // outlives the connections
  const std::unique_ptr<CurlMulti> multi_;
  std::vector<Target> targets_;                 // by instance
  size_t kept_ = 0;                             // idle transfers
  std::vector<CurlTransfer*> in_flight_;        // owned
  std::vector<CurlTransfer*> without_address_;  // of in_flight_; to end
  ConnectionCounts connections_;
  FailureSamples failures_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CURL_INVOKER_H_
