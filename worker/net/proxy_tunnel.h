// Tunnel through a proxy that is spoken to under TLS ("https://" in the
// environment): a socket over that TLS, once the proxy has answered CONNECT
// (RFC 9110, 9.3.6). The target's own TLS goes through it as through any other
// socket.
//
// Belongs to the thread of its event loop. Owns the connection to the proxy;
// borrows the origin.
#ifndef INVOCATOR_WORKER_NET_PROXY_TUNNEL_H_
#define INVOCATOR_WORKER_NET_PROXY_TUNNEL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/io/socket.h"
#include "worker/net/origin.h"
#include "worker/net/socket_stream.h"
#include "worker/net/tls_context.h"
#include "worker/net/transport_failure.h"

namespace invocator {

class ProxyTunnel final : public Socket {
 public:
  // `socket` is connected to the origin's proxy.
  ProxyTunnel(std::unique_ptr<Socket> socket, const Origin& origin);

  // Prepares for Open. False when out of memory.
  bool Begin(TlsContext& context, TlsSession& session);
  // Takes the next steps to open the tunnel. kAgain: waits for the proxy.
  // kFailed: for good (see WhyNotOpen). REQUIRES: Begin
  State Open();
  bool is_open() const { return step_ == Step::kOpen; }
  TransportFailure WhyNotOpen() const;
  // The current step, for a call that timed out.
  TransportFailure WhyLate() const;

  // REQUIRES: is_open
  Result Receive(absl::Span<char> into) override;
  Result Send(absl::string_view front, absl::string_view rest) override;

 private:
  enum class Step { kHandshake, kRequest, kAnswer, kOpen };

  State SendRequest();
  // Reads byte by byte, so that what follows the head stays in the stream.
  State ReadAnswer();
  bool AnswerIsWhole() const;
  // Makes the socket's state that of the stream.
  void Follow();

  const Origin& origin_;
  SocketStream stream_;
  Step step_ = Step::kHandshake;
  std::string unsent_;         // of the request
  std::string answer_;         // its head, so far
  uint32_t refused_with_ = 0;  // its status
  absl::string_view fault_;    // of its answer
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_PROXY_TUNNEL_H_
