#include "coordinator/fleet/fleet.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/channel/grpc_lifetime.h"
#include "common/channel/token.h"
#include "common/process/log.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

std::shared_ptr<grpc::ServerCredentials> MakeCredentials(
    const Security& security) {
  if (!security.tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = security.tls->ca;
  options.pem_key_cert_pairs.push_back({security.tls->key, security.tls->cert});
  return grpc::SslServerCredentials(options);
}

// Limit per connection; a worker opens one stream.
constexpr int kStreamsOfOne = 4;
// Time for sessions to end when the fleet is destroyed.
constexpr std::chrono::seconds kLastWords{1};
constexpr std::chrono::milliseconds kBetweenLooks{10};

// Ends a stream before anything is read from it. Owns itself.
class TurnedAway final
    : public grpc::ServerBidiReactor<wire::WorkerMessage,
                                     wire::CoordinatorMessage> {
 public:
  explicit TurnedAway(const absl::Status& status) {
    Finish(grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                        std::string(status.message())));
  }

 private:
  void OnDone() override { delete this; }
};

}  // namespace

absl::StatusOr<std::unique_ptr<Fleet>> Fleet::Create(
    const std::string& listen, const Security& security,
    const FleetLimits& limits) {
  KeepGrpc();
  std::unique_ptr<Fleet> fleet(new Fleet(security.token));
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.RegisterService(fleet.get());
  std::optional<ListeningSockets> sockets;
  if (!listen.empty()) {
    absl::StatusOr<ListeningSockets> opened = ListeningSockets::Open(listen);
    if (!opened.ok()) return opened.status();
    sockets.emplace(*std::move(opened));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsOfOne);
    fleet->entrance_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        MakeCredentials(security));
  }
  fleet->server_ = builder.BuildAndStart();
  if (!fleet->server_) return absl::InternalError("gRPC does not start");
  if (!sockets) return fleet;
  auto acceptor = Acceptor::Start(
      *std::move(sockets), limits,
      {[entrance = fleet->entrance_.get()](int listener, int fd) {
         grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
             connection;
         connection.listener_fd = listener;
         connection.fd = fd;
         entrance->HandleNewConnection(&connection);
       },
       [fleet = fleet.get()] { return fleet->Workers(); }});
  if (!acceptor.ok()) return acceptor.status();
  fleet->acceptor_ = *std::move(acceptor);
  return fleet;
}

Fleet::~Fleet() {
  if (!server_) return;
  if (acceptor_) acceptor_->Stop();
  Close(absl::CancelledError("the coordinator is going away"));
  // Not even a cancellation ends a write to a peer that reads nothing: gRPC
  // would wait for ever.
  if (acceptor_) {
    AwaitEnds();
    acceptor_->ShutAll();
  }
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  server_->Wait();
}

std::shared_ptr<grpc::Channel> Fleet::InProcessChannel() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAssignmentBytes);
  return server_->InProcessChannel(arguments);
}

absl::Status Fleet::Admit(const grpc::CallbackServerContext& context) const {
  if (token_.empty()) return absl::OkStatus();
  const auto& metadata = context.client_metadata();
  const auto [shown, end] = metadata.equal_range(kAuthorizationKey);
  if (shown == end) return CheckAuthorization(token_, "");
  return CheckAuthorization(
      token_, absl::string_view(shown->second.data(), shown->second.size()));
}

grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage>*
Fleet::Join(grpc::CallbackServerContext* context) {
  const OutputScope scope(output_);
  const absl::Status admitted = Admit(*context);
  const std::lock_guard lock(mutex_);
  if (!admitted.ok()) {
    // Ever more seldom: whoever keeps trying must not fill the log.
    if (std::has_single_bit(++turned_away_)) {
      Log().warn("turned away {}: {} ({} so far)", context->peer(),
                 std::string(admitted.message()), turned_away_);
    }
    return new TurnedAway(admitted);
  }
  const size_t id = next_session_++;
  const std::shared_ptr<WorkerSession> joined = WorkerSession::Create(
      id, context,
      [this](size_t session, std::optional<wire::WorkerMessage> message,
             int64_t received_ns) {
        const std::lock_guard events_lock(mutex_);
        events_.push_back({session, std::move(message), received_ns});
        changed_.notify_one();
      });
  sessions_[id] = joined;
  if (closed_) joined->End(*closed_);
  return joined->reactor();
}

std::shared_ptr<WorkerSession> Fleet::Find(size_t session) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : found->second;
}

std::optional<Fleet::Event> Fleet::Next(Deadline deadline) {
  std::unique_lock lock(mutex_);
  while (changed_.wait_until(lock, deadline,
                             [this] { return !events_.empty(); })) {
    Event event = std::move(events_.front());
    events_.pop_front();
    const auto found = sessions_.find(event.session);
    if (!event.message) {
      // It may still have to take what it was sent, and its end.
      if (!found->second->done()) ending_.push_back(found->second);
      sessions_.erase(found);
      return event;
    }
    // What it had said before it was ended is of no interest any more.
    const std::shared_ptr<WorkerSession> session = found->second;
    if (session->ended()) continue;
    lock.unlock();
    session->ReadNext();
    return event;
  }
  return std::nullopt;
}

OpenConnections::Peers Fleet::Workers() const {
  OpenConnections::Peers workers;
  const std::lock_guard lock(mutex_);
  const auto add = [&workers](const WorkerSession& session) {
    if (session.IsWorkers()) workers.insert(session.peer());
  };
  for (const auto& [id, session] : sessions_) add(*session);
  for (const auto& session : ending_) add(*session);
  return workers;
}

void Fleet::AwaitEnds() const {
  const auto are_done = [this] {
    const std::lock_guard lock(mutex_);
    return std::all_of(
               sessions_.begin(), sessions_.end(),
               [](const auto& entry) { return entry.second->done(); }) &&
           std::all_of(ending_.begin(), ending_.end(),
                       [](const auto& session) { return session->done(); });
  };
  const auto deadline = std::chrono::steady_clock::now() + kLastWords;
  while (!are_done() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

void Fleet::Recognize(size_t session) {
  if (const auto found = Find(session)) found->Recognize();
}

void Fleet::Send(size_t session, wire::CoordinatorMessage message) {
  if (const auto found = Find(session)) found->Send(std::move(message));
}

size_t Fleet::Backlog(size_t session) const {
  const auto found = Find(session);
  return found ? found->backlog() : 0;
}

bool Fleet::HeardSince(size_t session, int64_t steady_ns) const {
  const auto found = Find(session);
  return found && found->HeardSince(steady_ns);
}

bool Fleet::HasUnread(size_t session) const {
  const auto found = Find(session);
  return found && found->has_unread();
}

void Fleet::End(size_t session, const absl::Status& status) {
  if (const auto found = Find(session)) found->End(status);
}

void Fleet::EndLate(int64_t since_steady_ns) {
  std::vector<std::shared_ptr<WorkerSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(ending_, [](const auto& session) { return session->done(); });
    sessions = ending_;
    for (const auto& [id, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) {
    if (session->IsMuteSince(since_steady_ns)) {
      session->End(absl::DeadlineExceededError("no Hello came"));
    }
    session->CancelIfEndedBefore(since_steady_ns);
  }
}

void Fleet::Close(const absl::Status& status) {
  std::vector<std::shared_ptr<WorkerSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = status.ok() ? absl::ResourceExhaustedError("the run has ended")
                          : status;
    for (const auto& [id, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) session->End(status);
}

}  // namespace invocator
