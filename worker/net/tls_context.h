// Shared TLS state of an engine's connections: the trusted certificates and the
// client certificate, read once, and for each origin the session to resume.
//
// libcurl would do TLS too, but keeps such a connection to itself: it may close
// one that waits for its answer when it looks through those it has, and reads
// the certificates anew for each. So libcurl hands the open socket over before.
//
// Thread-compatible: belongs to one engine.
#ifndef INVOCATOR_WORKER_NET_TLS_CONTEXT_H_
#define INVOCATOR_WORKER_NET_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/http/target_options.h"

namespace invocator {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

// A socket as a TLS connection uses it. Does not own the descriptor.
struct TlsSocket {
  int fd = -1;
  // The last read took all there was: only new bytes will make more.
  bool drained = false;
  bool asked_for_certificate = false;  // the client, by the peer
  int error = 0;                       // errno, of what broke it
};

// The latest session of an origin; connections to it may resume it.
class TlsSession {
 public:
  TlsSession() = default;
  ~TlsSession() { SSL_SESSION_free(session_); }
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  SSL_SESSION* get() const { return session_; }
  // Takes over a reference.
  void Set(SSL_SESSION* session) {
    SSL_SESSION_free(session_);
    session_ = session;
  }

 private:
  SSL_SESSION* session_ = nullptr;
};

class TlsContext {
 public:
  // Trusts what libcurl trusts (its default file and folder, the system's),
  // unless a file of certificates is named. FAILED_PRECONDITION names what
  // cannot be read: what was good when it was checked may be away just now.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Create(
      const TargetOptions& target);
  ~TlsContext() { SSL_CTX_free(context_); }
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // A connection to be made over `socket` to `host`, a name or an address,
  // which the certificate has to be for. Socket and session must outlive it.
  // Null when out of memory.
  SslPtr NewConnection(TlsSocket& socket, const std::string& host,
                       TlsSession& session);

 private:
  explicit TlsContext(SSL_CTX* context) : context_(context) {}

  SSL_CTX* const context_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_TLS_CONTEXT_H_
