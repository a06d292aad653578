#include "worker/net/tls_context.h"

#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/http/address.h"
#include "common/http/client_certificate.h"
#include "common/http/trusted_cas.h"

namespace invocator {
namespace {

// OpenSSL's own BIO for sockets raises SIGPIPE where the peer is gone.
TlsSocket& SocketOf(BIO* bio) {
  return *static_cast<TlsSocket*>(BIO_get_data(bio));
}

int WriteToSocket(BIO* bio, const char* bytes, size_t size, size_t* written) {
  BIO_clear_retry_flags(bio);
  const Socket::Result result = SocketOf(bio).socket->Send({bytes, size}, "");
  if (result.state == Socket::State::kAgain) BIO_set_retry_write(bio);
  *written = result.bytes;
  return result.state == Socket::State::kOk ? 1 : 0;
}

int ReadFromSocket(BIO* bio, char* bytes, size_t size, size_t* read) {
  BIO_clear_retry_flags(bio);
  const Socket::Result result = SocketOf(bio).socket->Receive({bytes, size});
  if (result.state == Socket::State::kAgain) BIO_set_retry_read(bio);
  if (result.state == Socket::State::kEnd) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  }
  *read = result.bytes;
  return result.state == Socket::State::kOk ? 1 : 0;
}

long Control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;  // nothing is held back
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                                    "quiet socket");
    BIO_meth_set_write_ex(made, WriteToSocket);
    BIO_meth_set_read_ex(made, ReadFromSocket);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

// A server gave a session to resume: as many as it likes, at any time.
int KeepSession(SSL* ssl, SSL_SESSION* session) {
  static_cast<TlsSession*>(SSL_get_app_data(ssl))->Set(session);
  return 1;  // it is ours now
}

// The peer asks for a client certificate.
int NoteQuestion(SSL* ssl, void*) {
  SocketOf(SSL_get_rbio(ssl)).asked_for_certificate = true;
  return 1;  // the one we have, or none
}

bool LoadTrusted(SSL_CTX* context, const std::string& ca_file) {
  if (!ca_file.empty()) {
    return SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1;
  }
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  bool any = false;
  if (curl->age >= CURLVERSION_SEVENTH) {
    any |= curl->cainfo != nullptr &&
           SSL_CTX_load_verify_file(context, curl->cainfo) == 1;
    any |= curl->capath != nullptr &&
           SSL_CTX_load_verify_dir(context, curl->capath) == 1;
  }
  return any || SSL_CTX_set_default_verify_paths(context) == 1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Create(
    const TargetOptions& target) {
  SSL_CTX* const raw = SSL_CTX_new(TLS_client_method());
  if (raw == nullptr) return absl::ResourceExhaustedError("SSL_CTX_new failed");
  std::unique_ptr<TlsContext> context(new TlsContext(raw));
  const std::string ca_file =
      target.ca_file.empty() ? TrustedCaFile() : target.ca_file;
  const bool loaded = LoadTrusted(raw, ca_file);
  ERR_clear_error();
  if (!loaded) {
    return absl::FailedPreconditionError(
        absl::StrCat(ca_file.empty() ? "the system's certificates" : ca_file,
                     ": no certificates to trust could be read"));
  }
  if (!target.client_cert.empty()) {
    const absl::Status shown =
        UseClientCertificate(raw, target.client_cert, target.key_file());
    if (!shown.ok()) return absl::FailedPreconditionError(shown.message());
  }
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // A write may take a part, and be gone on with from another buffer.
  SSL_CTX_set_mode(
      raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One recv for an answer, not one for a record's head and one for the rest.
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_session_cache_mode(
      raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(raw, KeepSession);
  SSL_CTX_set_cert_cb(raw, NoteQuestion, nullptr);
  constexpr unsigned char kAlpn[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(raw, kAlpn, sizeof(kAlpn) - 1);
  return context;
}

SslPtr TlsContext::NewConnection(TlsSocket& socket, const std::string& host,
                                 TlsSession& session) {
  SslPtr ssl(SSL_new(context_));
  BIO* const bio = ssl ? BIO_new(SocketMethod()) : nullptr;
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_app_data(ssl.get(), &session);
  // A name may end with the root's dot; certificates' never do.
  const std::string name(absl::StripSuffix(host, "."));
  if (IsIpAddress(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), name.c_str());
  } else {
    SSL_set1_host(ssl.get(), name.c_str());
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  }
  if (session.get() != nullptr) SSL_set_session(ssl.get(), session.get());
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace invocator
