// Socket through an HTTPS proxy: opens TLS to the proxy, sends CONNECT
// (RFC 9110, 9.3.6), then carries the tunnel's bytes.
//
// Bounds what a proxy may do: the headers of its answer, with those of interim
// answers, take 64 KiB at most, and are read 4 KiB at a time.
//
// Belongs to the thread of its event loop. Owns the connection to the proxy;
// borrows the origin.
#ifndef INVOCATOR_WORKER_NET_PROXY_TUNNEL_H_
#define INVOCATOR_WORKER_NET_PROXY_TUNNEL_H_

#include <cstddef>
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
  bool StartTls(TlsContext& context, TlsSession& session);
  // Takes the next step. kOk: until is_open, another one can follow at once.
  // kAgain: waits for the proxy. kFailed: for good (see WhyFailed).
  // REQUIRES: StartTls, not is_open
  State Open();
  bool is_open() const { return step_ == Step::kOpen; }
  // TLS with the proxy broke, before or after the tunnel was open.
  bool tls_broke() const { return stream_.tls_broke(); }
  // The reason, after an Open that failed, or if TLS broke.
  TransportFailure WhyFailed() const;
  // The current step, for a call that timed out.
  TransportFailure WhyLate() const;

  // REQUIRES: is_open
  Result Receive(absl::Span<char> into) override;
  Result Send(absl::string_view front, absl::string_view rest) override;

 private:
  enum class Step { kHandshake, kRequest, kAnswer, kOpen };

  State SendRequest();
  // Reads byte by byte, so that what follows the headers stays in the stream.
  State ReadAnswer();
  State TakeAnswer();
  // Copies the stream's state to that of the socket.
  void CopyState();

  const Origin& origin_;
  SocketStream stream_;
  Step step_ = Step::kHandshake;
  std::string unsent_;         // rest of the request
  std::string answer_;         // headers received so far
  size_t came_ = 0;            // bytes of all answers
  uint32_t refused_with_ = 0;  // status of the answer
  absl::string_view fault_;    // of the answer
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_PROXY_TUNNEL_H_
