#include "worker/socket_stream.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace invocator {
namespace {

// The most that one TLS record holds (RFC 8446, 5.1).
constexpr size_t kRecordBytes = size_t{16} * 1024;

bool WouldBlock() { return errno == EAGAIN || errno == EINTR; }

iovec Piece(absl::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

ssize_t SendBoth(int fd, absl::string_view front, absl::string_view rest) {
  iovec pieces[] = {Piece(front), Piece(rest)};
  msghdr message = {};
  message.msg_iov = pieces;
  message.msg_iovlen = std::size(pieces);
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

SocketStream::~SocketStream() {
  if (ssl_ != nullptr && !failed_ && SSL_is_init_finished(ssl_.get())) {
    // Says goodbye, without waiting for an answer. Without it the session
    // could not be resumed.
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ssl_.reset();
  close(socket_.fd);
}

bool SocketStream::StartTls(TlsContext& context, const std::string& host,
                            TlsSession& session) {
  ssl_ = context.NewConnection(socket_, host, session);
  return ssl_ != nullptr;
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
      failed_ = true;
      tls_error_ = ERR_peek_error();
      ERR_clear_error();
      return State::kFailed;
  }
}

SocketStream::State SocketStream::Handshake() {
  ERR_clear_error();
  return StateOfTls(SSL_do_handshake(ssl_.get()));
}

std::string SocketStream::TlsError() const {
  const long verified = SSL_get_verify_result(ssl_.get());
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  const char* reason = ERR_reason_error_string(tls_error_);
  return reason != nullptr ? reason : "the peer ended the TLS handshake";
}

bool SocketStream::tls_broke() const {
  return tls_error_ != 0 &&
         ERR_GET_REASON(tls_error_) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

SocketStream::Result SocketStream::Read(absl::Span<char> into) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    size_t bytes = 0;
    const int result =
        SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return {StateOfTls(result), bytes};
  }
  const ssize_t n = recv(socket_.fd, into.data(), into.size(), 0);
  if (n > 0) {
    socket_.drained = n < static_cast<ssize_t>(into.size());
    return {State::kOk, static_cast<size_t>(n)};
  }
  if (n == 0) return {State::kEnd};
  return {WouldBlock() ? State::kAgain : State::kFailed};
}

bool SocketStream::drained() const {
  return socket_.drained &&
         (ssl_ == nullptr || SSL_has_pending(ssl_.get()) == 0);
}

SocketStream::Result SocketStream::Write(absl::string_view front,
                                         absl::string_view rest,
                                         absl::Span<char> scratch) {
  absl::string_view first = front.empty() ? rest : front;
  if (ssl_ != nullptr) {
    const size_t both = front.size() + rest.size();
    if (!front.empty() && !rest.empty() &&
        both <= std::min(scratch.size(), kRecordBytes)) {
      std::memcpy(scratch.data(), front.data(), front.size());
      std::memcpy(scratch.data() + front.size(), rest.data(), rest.size());
      first = {scratch.data(), both};
    }
    ERR_clear_error();
    size_t bytes = 0;
    const int result =
        SSL_write_ex(ssl_.get(), first.data(), first.size(), &bytes);
    return {StateOfTls(result), bytes};
  }
  const ssize_t n =
      front.empty() || rest.empty()
          ? send(socket_.fd, first.data(), first.size(), MSG_NOSIGNAL)
          : SendBoth(socket_.fd, front, rest);
  if (n >= 0) return {State::kOk, static_cast<size_t>(n)};
  return {WouldBlock() ? State::kAgain : State::kFailed};
}

}  // namespace invocator
