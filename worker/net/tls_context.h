// Shared TLS state of an engine's connections: the trusted certificates and the
// client certificate, read once, and for each origin the session to resume.
//
// libcurl could do TLS too, but would keep the connection: it may close one
// that waits for its answer when it checks those it has, and it reads the
// certificates anew for each. So libcurl hands over the open socket before TLS.
//
// Thread-compatible: belongs to one engine.
#ifndef INVOCATOR_WORKER_NET_TLS_CONTEXT_H_
#define INVOCATOR_WORKER_NET_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/http/target_options.h"
#include "worker/io/socket.h"

namespace invocator {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

// A socket as a TLS connection uses it. Borrows the socket.
struct TlsSocket {
  Socket* socket = nullptr;
  bool asked_for_certificate = false;  // by the peer
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
  // Trusts the CA file that `target` names; else TrustedCaFile(); else
  // libcurl's default file and folder. FAILED_PRECONDITION names a file that
  // cannot be read: it may have been removed since it was checked.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Create(
      const TargetOptions& target);
  ~TlsContext() { SSL_CTX_free(context_); }
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // A TLS connection over `socket`, before its handshake. The peer's
  // certificate must match `host`, a name or an address. Socket and session
  // must outlive it. Null when out of memory.
  SslPtr NewConnection(TlsSocket& socket, const std::string& host,
                       TlsSession& session);

 private:
  explicit TlsContext(SSL_CTX* context) : context_(context) {}

  SSL_CTX* const context_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_TLS_CONTEXT_H_
