// Paces the TLS handshakes of new connections: a few steps in each turn of the
// engine.
//
// A step takes about 300 us, and makes calls that are due meanwhile late by as
// much. While handshakes wait, the next turn follows at once.
//
// Thread-compatible: belongs to one engine. Owns the TLS context, which the
// connections use; borrows the pool, which owns the connections.
#ifndef INVOCATOR_WORKER_TRANSPORT_TLS_HANDSHAKES_H_
#define INVOCATOR_WORKER_TRANSPORT_TLS_HANDSHAKES_H_

#include <memory>

#include "absl/status/status.h"
#include "common/http/target_options.h"
#include "worker/net/socket_stream.h"
#include "worker/net/tls_context.h"
#include "worker/transport/connection_pool.h"

namespace invocator {

class TlsHandshakes {
 public:
  explicit TlsHandshakes(ConnectionPool& pool) : pool_(pool) {}

  // Reads certificates. FAILED_PRECONDITION as TlsContext::Create.
  absl::Status Open(const TargetOptions& target);

  void BeginTurn() { left_ = kStepsPerTurn; }
  // Prepares a new connection for its first Step. False if memory ran out.
  // REQUIRES: Open
  bool Begin(Link& link);
  // Takes the next step, now or when its turn comes. kAgain: the connection
  // waits for that or for the peer. kOk: it can be used. Otherwise the
  // handshake failed.
  SocketStream::State Step(Link& link);

 private:
  // Between two looks at the schedule.
  static constexpr int kStepsPerTurn = 1;

  ConnectionPool& pool_;
  std::unique_ptr<TlsContext> tls_;  // from Open on
  int left_ = 0;                     // steps in this turn
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_TLS_HANDSHAKES_H_
