#include "worker/transport/tls_handshakes.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

absl::Status OpenOnce(const TargetOptions& target,
                      std::unique_ptr<TlsContext>& context) {
  if (context != nullptr) return absl::OkStatus();
  auto opened = TlsContext::Create(target);
  if (!opened.ok()) return opened.status();
  context = *std::move(opened);
  return absl::OkStatus();
}

bool WaitsForTunnel(const Link& link) {
  return link.tunnel != nullptr && !link.tunnel->is_open();
}

}  // namespace

absl::Status TlsHandshakes::Open(
    const TargetOptions& target,
    const std::vector<std::unique_ptr<OriginPool>>& pools) {
  absl::Status status;
  for (const auto& pool : pools) {
    if (pool->origin.tls) status.Update(OpenOnce(target, target_context_));
    if (pool->origin.has_tls_proxy()) {
      absl::Status opened = OpenOnce(TargetOptions(), proxy_context_);
      if (!opened.ok()) {
        status.Update(absl::FailedPreconditionError(
            absl::StrCat("for the proxy: ", opened.message())));
      }
    }
  }
  return status;
}

bool TlsHandshakes::Begin(Link& link) {
  OriginPool& pool = *link.pool;
  const bool begun =
      link.tunnel != nullptr
          ? link.tunnel->StartTls(*proxy_context_, pool.proxy_session)
          : BeginWithTarget(link);
  if (begun) pool_.resumed().Add(link);
  return begun;
}

bool TlsHandshakes::BeginWithTarget(Link& link) {
  OriginPool& pool = *link.pool;
  pool.tls_began = true;
  return link.stream.StartTls(*target_context_, pool.origin.host, pool.session,
                              pool.http2);
}

SocketStream::State TlsHandshakes::Step(Link& link) {
  if (left_ == 0) {
    pool_.resumed().Add(link);
    return SocketStream::State::kAgain;
  }
  --left_;
  if (!WaitsForTunnel(link)) return link.stream.Handshake();
  const SocketStream::State opened = link.tunnel->Open();
  if (opened != SocketStream::State::kOk) return opened;
  if (link.tunnel->is_open()) {
    if (!link.pool->origin.tls) return opened;
    if (!BeginWithTarget(link)) return SocketStream::State::kFailed;
  }
  pool_.resumed().Add(link);
  return SocketStream::State::kAgain;
}

TransportFailure TlsHandshakes::WhyFailed(const Link& link) {
  if (WaitsForTunnel(link) || link.proxy_tls_broke()) {
    return link.tunnel->WhyFailed();
  }
  if (!link.stream.tls()) return {Reason::kNoLocalResources, "no memory"};
  return link.stream.WhyTlsFailed();
}

TransportFailure TlsHandshakes::WhyLate(const Link& link) {
  return WaitsForTunnel(link) ? link.tunnel->WhyLate() : LateHandshake();
}

}  // namespace invocator
