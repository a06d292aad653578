#include "worker/fleet_stream.h"

#include <string>
#include <utility>

#include "common/token.h"

namespace invocator {

FleetStream::FleetStream(const std::shared_ptr<grpc::Channel>& channel,
                         const std::string& token)
    : stub_(wire::Fleet::NewStub(channel)),
      writes_([this](const wire::WorkerMessage* m) { StartWrite(m); }) {
  // A worker may be there before its coordinator.
  context_.set_wait_for_ready(true);
  if (!token.empty()) {
    context_.AddMetadata(kAuthorizationKey, Authorization(token));
  }
  stub_->async()->Join(&context_, this);
  // Writes start outside of reactions: the hold keeps OnDone away meanwhile.
  AddHold();
  StartRead(&incoming_);
  StartCall();
}

FleetStream::~FleetStream() {
  context_.TryCancel();
  std::unique_lock lock(mutex_);
  closing_ = true;
  if (has_incoming_) {
    // No read is under way that could report the end: start one.
    has_incoming_ = false;
    lock.unlock();
    StartRead(&incoming_);
    lock.lock();
  }
  changed_.wait(lock, [this] { return closed_.has_value(); });
}

std::optional<wire::CoordinatorMessage> FleetStream::Next(Deadline deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [this] {
    return has_incoming_ || woken_ || closed_.has_value();
  });
  woken_ = false;
  if (!has_incoming_) return std::nullopt;
  has_incoming_ = false;
  wire::CoordinatorMessage message = std::move(incoming_);
  lock.unlock();
  StartRead(&incoming_);
  return message;
}

void FleetStream::Wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

std::optional<absl::Status> FleetStream::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void FleetStream::OnReadDone(bool ok) {
  if (!ok) {
    writes_.CloseAfterWrites([this] { RemoveHold(); });
    return;
  }
  std::unique_lock lock(mutex_);
  if (closing_) {
    lock.unlock();
    StartRead(&incoming_);
    return;
  }
  has_incoming_ = true;
  changed_.notify_all();
}

void FleetStream::OnDone(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  closed_ = absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                         status.error_message());
  changed_.notify_all();
}

}  // namespace invocator
