#include "worker/transport/tls_handshakes.h"

#include <utility>

namespace invocator {

absl::Status TlsHandshakes::Open(const TargetOptions& target) {
  auto tls = TlsContext::Create(target);
  if (!tls.ok()) return tls.status();
  tls_ = *std::move(tls);
  return absl::OkStatus();
}

bool TlsHandshakes::Begin(Link& link) {
  OriginPool& pool = *link.pool;
  if (!link.stream.StartTls(*tls_, pool.origin.host, pool.session,
                            pool.http2)) {
    return false;
  }
  pool.tls_began = true;
  pool_.resumed().Add(link);
  return true;
}

SocketStream::State TlsHandshakes::Step(Link& link) {
  if (left_ == 0) {
    pool_.resumed().Add(link);
    return SocketStream::State::kAgain;
  }
  --left_;
  return link.stream.Handshake();
}

}  // namespace invocator
