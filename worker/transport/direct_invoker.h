// Invoker that speaks HTTP itself, over connections kept open: HTTP/1.1
// (worker/transport/http1_calls.h), and HTTP/2 (worker/transport/http2_calls.h)
// if it is asked for and the server has it. libcurl opens the connections
// (worker/transport/connect_line.h).
//
// Never sends a request again that a server may have processed.
//
// Under TLS an HTTP/1.1 answer that ends with its connection needs a
// close_notify: without one, it may have been cut (protocol_error). A failure
// of TLS itself is a tls_error at any time: in TLS 1.3 a client learns after
// its handshake that it was refused.
//
// Units, threads: see worker/engine/invoker.h. Borrows the plan and signer that
// its requests borrow, the addresses that its turns borrow, and the wall clock.
#ifndef INVOCATOR_WORKER_TRANSPORT_DIRECT_INVOKER_H_
#define INVOCATOR_WORKER_TRANSPORT_DIRECT_INVOKER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "worker/engine/invoker.h"
#include "worker/exchange/prepared_request.h"
#include "worker/exchange/request.h"
#include "worker/io/event_loop.h"
#include "worker/net/address_turns.h"
#include "worker/net/connection_opener.h"
#include "worker/net/transport_failure.h"
#include "worker/transport/call_closer.h"
#include "worker/transport/call_table.h"
#include "worker/transport/connect_line.h"
#include "worker/transport/connection_pool.h"
#include "worker/transport/http1_calls.h"
#include "worker/transport/http2_calls.h"
#include "worker/transport/invoker_options.h"
#include "worker/transport/target_table.h"
#include "worker/transport/tls_handshakes.h"
#include "worker/transport/warming.h"

namespace invocator {

class DirectInvoker final : public Invoker {
 public:
  // FAILED_PRECONDITION when certificates cannot be read.
  static absl::StatusOr<std::unique_ptr<DirectInvoker>> Create(
      std::vector<InstanceRequest> requests, AddressTurns turns,
      const WallClock& wall, const InvokerOptions& options);
  ~DirectInvoker() override;

  void Send(const DueInvocation& due, const RunClock& clock) override;
  int64_t Poll(int64_t now_ns, int64_t until_ns, const RunClock& clock,
               OnEnded on_ended) override;
  void AbortAll(const RunClock& clock, OnEnded on_ended) override;
  void Wake() override { loop_->Wake(); }
  bool idle() const override { return idle_; }
  ConnectionCounts connections() const override { return counts_; }
  IoMode io() const override { return loop_->mode(); }
  std::vector<FailureSample> TakeFailures() override {
    return closer_.TakeFailures();
  }

  // Sends no bytes except for TLS, proxies and the preface of HTTP/2.
  absl::Status Warm(uint32_t count, const SteadyClock& clock,
                    int64_t timeout_ns,
                    const std::function<bool()>& give_up) override;

 private:
  DirectInvoker(std::unique_ptr<EventLoop> loop,
                std::unique_ptr<ConnectionOpener> opener,
                std::vector<InstanceRequest> requests, const WallClock& wall,
                const InvokerOptions& options);

  void OnOpened(Call& call, int fd, const TransportFailure& failure,
                const RunClock& clock, OnEnded on_ended);
  // The connection is open, with TLS if it needs that.
  void OnUsable(Link& link, const RunClock& clock, OnEnded on_ended);
  // No connection was opened for the call.
  void OnFailed(Call& call, const TransportFailure& failure,
                const RunClock& clock, OnEnded on_ended);

  void OnEvent(int fd, uint32_t events, const RunClock& clock,
               OnEnded on_ended);
  // Advances the connection as far as possible now.
  void Drive(Link& link, const RunClock& clock, OnEnded on_ended);
  void DriveHandshake(Link& link, const RunClock& clock, OnEnded on_ended);

  // Ends a call in any state, aborted or timed out.
  void CutOff(Call& call, Outcome outcome, int64_t now_ns, OnEnded on_ended);
  // A spare connection was not open in time.
  void GiveUpSpare(Call& call, int64_t now_ns);
  // The step that a call is waiting for.
  TransportFailure WhyLate(const Call& call) const;

  const std::unique_ptr<EventLoop> loop_;
  PreparedRequests requests_;
  CallCloser closer_;
  const TargetTable targets_;
  TlsHandshakes handshakes_;  // outlives the connections, which use its context
  ConnectionPool pool_;
  ConnectLine line_;
  Warming warming_;
  ConnectionCounts counts_;
  bool idle_ = false;
  // Scratch space for bytes read, or joined to be written, within one call.
  std::array<char, size_t{64} * 1024> buffer_;
  Http1Calls http1_;
  Http2Calls http2_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_DIRECT_INVOKER_H_
