#include "coordinator/fleet/worker_session.h"

#include <string>
#include <utility>

#include "common/base/clock.h"
#include "coordinator/fleet/peer_address.h"

namespace invocator {

std::shared_ptr<WorkerSession> WorkerSession::Create(
    size_t id, grpc::CallbackServerContext* context, OnMessage on_message) {
  std::shared_ptr<WorkerSession> session(
      new WorkerSession(id, context, std::move(on_message)));
  session->self_ = session;
  session->ReadNext();
  return session;
}

WorkerSession::WorkerSession(size_t id, grpc::CallbackServerContext* context,
                             OnMessage on_message)
    : id_(id),
      peer_(PeerOf(context->peer())),
      on_message_(std::move(on_message)),
      context_(context),
      heard_ns_(SystemSteadyClock().NowNs()),
      writes_([this](const wire::CoordinatorMessage* m) { StartWrite(m); }) {}

void WorkerSession::End(const absl::Status& status) {
  if (!ended_.exchange(true)) ended_ns_ = SystemSteadyClock().NowNs();
  const grpc::Status final(static_cast<grpc::StatusCode>(status.code()),
                           std::string(status.message()));
  writes_.CloseAfterWrites([this, final] { Finish(final); });
}

void WorkerSession::CancelIfEndedBefore(int64_t steady_ns) {
  if (ended_ns_ >= steady_ns) return;
  is_member_ = false;
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

void WorkerSession::TellEnd() {
  if (end_told_.exchange(true)) return;
  on_message_(id_, std::nullopt, SystemSteadyClock().NowNs());
}

void WorkerSession::OnReadDone(bool ok) {
  const int64_t now_ns = SystemSteadyClock().NowNs();
  if (ok) {
    heard_ns_ = now_ns;
    spoke_ = true;
    has_message_ = true;
    on_message_(id_, std::move(incoming_), now_ns);
  } else {
    TellEnd();
    // gRPC keeps a stream until it is finished, even one that is gone.
    End(absl::InvalidArgumentError("a message that cannot be read"));
  }
}

void WorkerSession::OnDone() {
  {
    const std::lock_guard lock(mutex_);
    context_ = nullptr;
    done_ = true;
  }
  TellEnd();  // after End nothing is read any more
  // gRPC calls this after the last OnWriteDone; the queue's lock says so to
  // thread checkers, which cannot see how gRPC hands over.
  writes_.size();
  const std::shared_ptr<WorkerSession> self = std::move(self_);
}

}  // namespace invocator
