// Byte stream of one connected socket, plain or under TLS. Never blocks and
// never raises SIGPIPE.
//
// Thread-compatible. Owns the socket, and closes it.
#ifndef INVOCATOR_WORKER_NET_SOCKET_STREAM_H_
#define INVOCATOR_WORKER_NET_SOCKET_STREAM_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/net/tls_context.h"
#include "worker/net/transport_failure.h"

namespace invocator {

class SocketStream {
 public:
  enum class State {
    kOk,
    kAgain,   // try again when the socket is ready
    kEnd,     // end of data; under TLS, with close_notify
    kFailed,  // broken, or a TLS end without close_notify
  };
  struct Result {
    State state;
    size_t bytes = 0;
  };

  // Takes over a connected, non-blocking socket.
  explicit SocketStream(int fd) : socket_{fd} {}
  ~SocketStream();
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  int fd() const { return socket_.fd; }
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
  bool asked_for_certificate() const { return socket_.asked_for_certificate; }
  // The reason, after kFailed under TLS or another end that is blamed on TLS.
  TransportFailure WhyTlsFailed() const;
  // The peer has announced the end of its data (close_notify).
  bool announced_end() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  // After kFailed: errno of the connection; 0 if the peer ended it.
  int system_error() const { return system_error_; }

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
  // The result of a failed system call on a connection without TLS.
  Result Blocked();

  TlsSocket socket_;
  SslPtr ssl_;
  bool failed_ = false;
  unsigned long tls_error_ = 0;
  int system_error_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_SOCKET_STREAM_H_
