// What a server of tests needs for TLS: a throw-away certificate and the ways
// it may be asked to speak.
//
// Thread-safe once made.
#ifndef INVOCATOR_TESTS_SUPPORT_SERVER_TLS_H_
#define INVOCATOR_TESTS_SUPPORT_SERVER_TLS_H_

#include <string>

#include "tests/support/self_signed.h"
#include "worker/net/tls_context.h"

namespace invocator {

class ServerTls {
 public:
  struct Options {
    int max_version = TLS1_3_VERSION;
    // Refuses a client without a certificate.
    bool wants_client_certificate = false;
    // Who may have signed it (a PEM file); empty: nobody.
    std::string client_ca = {};
    // The protocol chosen if the client offers it (ALPN); empty: none is.
    std::string alpn = {};
  };

  ServerTls() : ServerTls(Options()) {}
  explicit ServerTls(const Options& options);
  ~ServerTls() { SSL_CTX_free(context_); }
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  // For a client to trust.
  std::string ca_file() const { return certificate_.cert_file(); }
  // The server's side of a connection, which reads from memory and writes to
  // memory.
  SslPtr NewConnection();

 private:
  static int ChooseProtocol(SSL*, const unsigned char** chosen,
                            unsigned char* size, const unsigned char* offered,
                            unsigned offered_size, void* self);

  const SelfSigned certificate_;
  const std::string alpn_;
  SSL_CTX* const context_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SERVER_TLS_H_
