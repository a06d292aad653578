#include "worker/net/socket_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstring>

#include "worker/net/tls_failure.h"

namespace invocator {
namespace {

// The most that one TLS record holds (RFC 8446, 5.1).
constexpr size_t kRecordBytes = size_t{16} * 1024;

// Empties OpenSSL's queue of errors, at which SSL_get_error looks. To look
// takes a fraction of clearing its 16 places.
void ClearErrors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

SocketStream::~SocketStream() {
  if (ssl_ != nullptr && !failed_ && SSL_is_init_finished(ssl_.get())) {
    // Sends close_notify without waiting for an answer. Without it the session
    // could not be resumed.
    SSL_shutdown(ssl_.get());
    ClearErrors();
  }
}

bool SocketStream::StartTls(TlsContext& context, const std::string& host,
                            TlsSession& session, bool http2) {
  ssl_ = context.NewConnection(tls_socket_, host, session);
  if (ssl_ == nullptr || !http2) return ssl_ != nullptr;
  constexpr unsigned char kAlpn[] = "\x02h2\x08http/1.1";
  return SSL_set_alpn_protos(ssl_.get(), kAlpn, sizeof(kAlpn) - 1) == 0;
}

bool SocketStream::chose_http2() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  if (ssl_ != nullptr) SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return size == 2 && std::memcmp(chosen, "h2", 2) == 0;
}

SocketStream::State SocketStream::StateOfTls(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return State::kOk;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return State::kAgain;
    case SSL_ERROR_ZERO_RETURN:
      return State::kEnd;
    default:
      // A read after a write that failed may still tell more.
      failed_ = true;
      if (const unsigned long error = ERR_peek_error()) tls_error_ = error;
      ClearErrors();
      return State::kFailed;
  }
}

SocketStream::State SocketStream::Handshake() {
  ClearErrors();
  return StateOfTls(SSL_do_handshake(ssl_.get()));
}

TransportFailure SocketStream::WhyTlsFailed() const {
  TlsFacts facts;
  facts.verify_result = SSL_get_verify_result(ssl_.get());
  facts.error = tls_error_;
  facts.system_error = socket_->error();
  facts.in_handshake = SSL_is_init_finished(ssl_.get()) == 0;
  facts.asked_for_certificate = tls_socket_.asked_for_certificate;
  facts.showed_certificate = SSL_get_certificate(ssl_.get()) != nullptr;
  return TlsFailureOf(facts);
}

bool SocketStream::tls_broke() const { return IsOfTls(tls_error_); }

SocketStream::Result SocketStream::Read(absl::Span<char> into) {
  if (ssl_ != nullptr) {
    ClearErrors();
    size_t bytes = 0;
    const int result =
        SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return {StateOfTls(result), bytes};
  }
  return socket_->Receive(into);
}

bool SocketStream::drained() const {
  return socket_->drained() &&
         (ssl_ == nullptr || SSL_has_pending(ssl_.get()) == 0);
}

SocketStream::Result SocketStream::Write(absl::string_view front,
                                         absl::string_view rest,
                                         absl::Span<char> scratch) {
  if (ssl_ == nullptr) return socket_->Send(front, rest);
  absl::string_view first = front.empty() ? rest : front;
  const size_t both = front.size() + rest.size();
  if (!front.empty() && !rest.empty() &&
      both <= std::min(scratch.size(), kRecordBytes)) {
    std::memcpy(scratch.data(), front.data(), front.size());
    std::memcpy(scratch.data() + front.size(), rest.data(), rest.size());
    first = {scratch.data(), both};
  }
  ClearErrors();
  size_t bytes = 0;
  const int result =
      SSL_write_ex(ssl_.get(), first.data(), first.size(), &bytes);
  return {StateOfTls(result), bytes};
}

}  // namespace invocator
