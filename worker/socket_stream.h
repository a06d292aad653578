// The bytes of one connected socket, in the clear or under TLS. Nothing blocks,
// and nothing raises SIGPIPE.
//
// Thread-compatible. Owns the socket, and closes it.
#ifndef INVOCATOR_WORKER_SOCKET_STREAM_H_
#define INVOCATOR_WORKER_SOCKET_STREAM_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/tls_context.h"

namespace invocator {

class SocketStream {
 public:
  enum class State {
    kOk,
    kAgain,   // not now: the socket has to become ready first
    kEnd,     // the peer sends nothing more; under TLS, it said so
    kFailed,  // broken, or ended without saying so under TLS
  };
  struct Result {
    State state;
    size_t bytes = 0;
  };

  // Takes over a connected socket that does not block.
  explicit SocketStream(int fd) : socket_{fd} {}
  ~SocketStream();
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  int fd() const { return socket_.fd; }
  bool tls() const { return ssl_ != nullptr; }

  // From here on it speaks TLS. False when out of memory.
  bool StartTls(TlsContext& context, const std::string& host,
                TlsSession& session);
  // REQUIRES: StartTls. kOk when done, kFailed for good (see TlsError).
  State Handshake();
  // Why the handshake failed, for people.
  std::string TlsError() const;
  // After kFailed: TLS broke, by an alert or by what is none of it, and not the
  // connection under it.
  bool tls_broke() const;

  Result Read(absl::Span<char> into);
  // True when the last Read took all that had come.
  bool drained() const;

  // Writes as much of front and rest, in this order, as goes at once; one may
  // be empty. Under TLS what is small is joined in `scratch`, to go as one
  // record; a call after kAgain must begin with the same bytes.
  Result Write(absl::string_view front, absl::string_view rest,
               absl::Span<char> scratch);

 private:
  State StateOfTls(int result);

  TlsSocket socket_;
  SslPtr ssl_;
  bool failed_ = false;
  unsigned long tls_error_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SOCKET_STREAM_H_
