// Paces the TLS handshakes of new connections, and opens the tunnels through
// HTTPS proxies: a few steps in each turn of the engine.
//
// A step takes about 300 us, and makes calls that are due meanwhile late by as
// much. While handshakes wait, the next turn follows at once.
//
// Thread-compatible: belongs to one engine. Owns the TLS contexts, which the
// connections use; borrows the pool, which owns the connections.
#ifndef INVOCATOR_WORKER_TRANSPORT_TLS_HANDSHAKES_H_
#define INVOCATOR_WORKER_TRANSPORT_TLS_HANDSHAKES_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "common/http/target_options.h"
#include "worker/net/socket_stream.h"
#include "worker/net/tls_context.h"
#include "worker/transport/connection_pool.h"

namespace invocator {

class TlsHandshakes {
 public:
  explicit TlsHandshakes(ConnectionPool& pool) : pool_(pool) {}

  // Reads the certificates that the origins need. Those of `target` apply to
  // targets only: proxies are verified against the trusted ones of the system,
  // and are shown none. FAILED_PRECONDITION as TlsContext::Create.
  absl::Status Open(const TargetOptions& target,
                    const std::vector<std::unique_ptr<OriginPool>>& pools);

  void BeginTurn() { left_ = kStepsPerTurn; }
  // Whether connections to the origin must take steps before they can be used.
  static bool Needs(const OriginPool& pool) {
    return pool.origin.tls || pool.origin.has_tls_proxy();
  }
  // Prepares a new connection for its first Step. False when out of memory.
  // REQUIRES: Open, Needs
  bool Begin(Link& link);
  // Takes the next step, now or when its turn comes. kAgain: the connection
  // waits for that or for the peer. kOk: it can be used. Otherwise the
  // handshake failed.
  SocketStream::State Step(Link& link);
  // The reason, after a Step that failed.
  static TransportFailure WhyFailed(const Link& link);
  // What the connection waits for, for a call that timed out.
  static TransportFailure WhyLate(const Link& link);

 private:
  // Between two looks at the schedule.
  static constexpr int kStepsPerTurn = 1;

  bool BeginWithTarget(Link& link);

  ConnectionPool& pool_;
  // Null if no origin needs it.
  std::unique_ptr<TlsContext> target_context_;
  std::unique_ptr<TlsContext> proxy_context_;
  int left_ = 0;  // steps in this turn
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_TLS_HANDSHAKES_H_
