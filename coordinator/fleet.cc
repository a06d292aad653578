#include "coordinator/fleet.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/protocol.h"

namespace invocator {

absl::StatusOr<std::unique_ptr<Fleet>> Fleet::Create(
    const std::string& listen) {
  std::unique_ptr<Fleet> fleet(new Fleet());
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.RegisterService(fleet.get());
  int port = 0;
  if (!listen.empty()) {
    // Two coordinators on one port would share its workers at random.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  }
  fleet->server_ = builder.BuildAndStart();
  if (!fleet->server_ || (!listen.empty() && port == 0)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", listen, ": is it in use?"));
  }
  return fleet;
}

Fleet::~Fleet() {
  if (!server_) return;
  Close(absl::CancelledError("the coordinator is going away"));
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  server_->Wait();
}

std::shared_ptr<grpc::Channel> Fleet::InProcessChannel() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return server_->InProcessChannel(arguments);
}

grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage>*
Fleet::Join(grpc::CallbackServerContext*) {
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<WorkerSession> joined = WorkerSession::Create(
      sessions_.size(),
      [this](size_t session, std::optional<wire::WorkerMessage> message) {
        const std::lock_guard events_lock(mutex_);
        events_.push_back({session, std::move(message)});
        changed_.notify_one();
      });
  sessions_.push_back(joined);
  if (closed_) joined->End(*closed_);
  return joined->reactor();
}

std::shared_ptr<WorkerSession> Fleet::Find(size_t session) const {
  const std::lock_guard lock(mutex_);
  return sessions_[session];
}

std::optional<Fleet::Event> Fleet::Next(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, deadline,
                           [this] { return !events_.empty(); })) {
    return std::nullopt;
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  const std::shared_ptr<WorkerSession> session = sessions_[event.session];
  lock.unlock();
  if (event.message) session->ReadNext();
  return event;
}

void Fleet::Send(size_t session, wire::CoordinatorMessage message) {
  Find(session)->Send(std::move(message));
}

void Fleet::End(size_t session, const absl::Status& status) {
  Find(session)->End(status);
}

void Fleet::Close(const absl::Status& status) {
  std::vector<std::shared_ptr<WorkerSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ =
        status.ok() ? absl::UnavailableError("the run has ended") : status;
    sessions = sessions_;
  }
  for (const auto& session : sessions) session->End(status);
}

}  // namespace invocator
