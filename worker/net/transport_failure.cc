#include "worker/net/transport_failure.h"

#include <cerrno>
#include <cstring>

namespace invocator {

Reason ReasonOfConnectErrno(int error) {
  switch (error) {
    case ECONNREFUSED:
    case EAGAIN:  // of a unix socket: its backlog is full
      return Reason::kConnectionRefused;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
      return Reason::kUnreachable;
    case ETIMEDOUT:
      return Reason::kConnectTimedOut;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return Reason::kConnectReset;
    case EMFILE:
    case ENFILE:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case ENOBUFS:
    case ENOMEM:
      return Reason::kNoLocalResources;
    default:
      return Reason::kConnectFailed;
  }
}

TransportFailure LateHandshake() {
  return {Reason::kTlsHandshakeTimeout, "still in the TLS handshake"};
}

std::string WaitWords(const TransportFailure& late) {
  return late.detail.empty() ? "still waiting for an answer" : late.detail;
}

absl::string_view ErrnoWords(int error) {
  const char* const words = strerrordesc_np(error);
  return words != nullptr ? words : "unknown error";
}

}  // namespace invocator
