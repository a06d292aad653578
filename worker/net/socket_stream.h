// Byte stream of one connected socket, plain or under TLS. Never blocks.
//
// Belongs to the thread of the socket's event loop. Owns the socket.
#ifndef INVOCATOR_WORKER_NET_SOCKET_STREAM_H_
#define INVOCATOR_WORKER_NET_SOCKET_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/io/socket.h"
#include "worker/net/tls_context.h"
#include "worker/net/transport_failure.h"

namespace invocator {

class SocketStream {
 public:
  // kEnd: under TLS, with close_notify. kFailed: broken, or a TLS end without
  // close_notify.
  using State = Socket::State;
  using Result = Socket::Result;

  explicit SocketStream(std::unique_ptr<Socket> socket)
      : tls_socket_{socket.get()}, socket_(std::move(socket)) {}
  ~SocketStream();
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  int fd() const { return socket_->fd(); }
  bool tls() const { return ssl_ != nullptr; }

  // Switches to TLS. `http2`: offers HTTP/2 besides HTTP/1.1. False when out of
  // memory.
  bool StartTls(TlsContext& context, const std::string& host,
                TlsSession& session, bool http2 = false);
  // After the handshake: the peer chose HTTP/2.
  bool chose_http2() const;
  // REQUIRES: StartTls. kOk when done, kFailed for good (see WhyTlsFailed).
  State Handshake();
  // After kFailed: true if TLS broke, by an alert or by bytes that are not TLS,
  // and not the connection under it.
  bool tls_broke() const;
  // True if the peer asked for a client certificate. It may refuse ours after
  // our handshake has ended (TLS 1.3), and its alert may be lost.
  bool asked_for_certificate() const {
    return tls_socket_.asked_for_certificate;
  }
  // The reason, after kFailed under TLS or another end that is blamed on TLS.
  TransportFailure WhyTlsFailed() const;
  // The peer has announced the end of its data (close_notify).
  bool announced_end() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  // After kFailed: errno of the connection; 0 if the peer ended it.
  int system_error() const { return socket_->error(); }
  // As Socket::sent_bytes: under TLS, of the encrypted bytes.
  uint64_t sent_bytes() const { return socket_->sent_bytes(); }

  Result Read(absl::Span<char> into);
  // True if the last Read took all received bytes.
  bool drained() const;

  // Writes as much of `front`, then `rest`, as the socket takes; one may be
  // empty. Under TLS, joins small parts in `scratch` to send them as one
  // record. A call after kAgain must begin with the same bytes.
  Result Write(absl::string_view front, absl::string_view rest,
               absl::Span<char> scratch);

 private:
  State StateOfTls(int result);

  TlsSocket tls_socket_;
  const std::unique_ptr<Socket> socket_;
  SslPtr ssl_;
  bool failed_ = false;
  unsigned long tls_error_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_SOCKET_STREAM_H_
