#include "tests/support/server_tls.h"

#include <openssl/bio.h>

#include <stdexcept>

namespace invocator {

ServerTls::ServerTls(const Options& options)
    : alpn_(options.alpn), context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX_set_max_proto_version(context_, options.max_version);
  if (options.wants_client_certificate) {
    SSL_CTX_set_verify(
        context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (!options.client_ca.empty() &&
      SSL_CTX_load_verify_file(context_, options.client_ca.c_str()) != 1) {
    throw std::runtime_error("cannot trust " + options.client_ca);
  }
  if (!alpn_.empty()) {
    SSL_CTX_set_alpn_select_cb(context_, ChooseProtocol, this);
  }
  // Without it no session would be resumed where certificates are wanted.
  SSL_CTX_set_session_id_context(
      context_, reinterpret_cast<const unsigned char*>("test"), 4);
  if (SSL_CTX_use_certificate_file(context_, certificate_.cert_file().c_str(),
                                   SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_, certificate_.key_file().c_str(),
                                  SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("cannot use the certificate");
  }
}

int ServerTls::ChooseProtocol(SSL*, const unsigned char** chosen,
                              unsigned char* size, const unsigned char* offered,
                              unsigned offered_size, void* self) {
  const std::string& wanted = static_cast<const ServerTls*>(self)->alpn_;
  for (unsigned at = 0; at < offered_size; at += offered[at] + 1U) {
    if (wanted != std::string(reinterpret_cast<const char*>(offered + at + 1),
                              offered[at])) {
      continue;
    }
    *chosen = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

SslPtr ServerTls::NewConnection() {
  SslPtr ssl(SSL_new(context_));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace invocator
