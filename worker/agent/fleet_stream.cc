#include "worker/agent/fleet_stream.h"

#include <string>
#include <utility>

#include "common/channel/token.h"
#include "common/words/foreign_text.h"

namespace invocator {

FleetStream::FleetStream(const std::shared_ptr<grpc::Channel>& channel,
                         const std::string& token, Bell& bell)
    : bell_(bell),
      stub_(wire::Fleet::NewStub(channel)),
      writes_([this](const wire::WorkerMessage* m) { StartWrite(m); }) {
  // A worker may be there before its coordinator.
  context_.set_wait_for_ready(true);
  if (!token.empty()) {
    context_.AddMetadata(kAuthorizationKey, BearerAuthorization(token));
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
  ended_.wait(lock, [this] { return closed_.has_value(); });
}

std::optional<wire::CoordinatorMessage> FleetStream::Take() {
  std::unique_lock lock(mutex_);
  if (!has_incoming_) return std::nullopt;
  has_incoming_ = false;
  wire::CoordinatorMessage message = std::move(incoming_);
  lock.unlock();
  StartRead(&incoming_);
  return message;
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
  lock.unlock();
  bell_.Ring();
}

void FleetStream::OnDone(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  closed_ = absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                         CleanLine(status.error_message(), kMaxQuotedText));
  bell_.Ring();
  ended_.notify_all();
}

}  // namespace invocator
