// The fleet of a run: the gRPC service that workers join, and their sessions.
// Carries messages without interpreting them.
//
// Next, End and Close are called by one thread, the run's; everything else is
// safe from any.
#ifndef INVOCATOR_COORDINATOR_FLEET_FLEET_H_
#define INVOCATOR_COORDINATOR_FLEET_FLEET_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/channel/security.h"
#include "common/process/output.h"
#include "coordinator/fleet/acceptor.h"
#include "coordinator/fleet/fleet_limits.h"
#include "coordinator/fleet/open_connections.h"
#include "coordinator/fleet/worker_session.h"
#include "proto/fleet.grpc.pb.h"

namespace invocator {

class Fleet final : private wire::Fleet::CallbackService {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  struct Event {
    size_t session = 0;
    // nullopt: the session has ended and sends nothing more.
    std::optional<wire::WorkerMessage> message;
    int64_t received_ns = 0;  // by the steady clock
  };

  // Serves on `listen` ("host:port"), or in this process only when empty. With
  // TLS a worker must present a certificate; with a token it must present that,
  // too. Other streams never become sessions. UNAVAILABLE when the address
  // cannot be bound.
  static absl::StatusOr<std::unique_ptr<Fleet>> Create(
      const std::string& listen, const Security& security = {},
      const FleetLimits& limits = {});
  // Ends every session and waits for gRPC to shut down: a few seconds at most,
  // whatever the peers do.
  ~Fleet() override;

  // A channel for a worker in this process.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // The next event of any worker; nullopt at the deadline.
  std::optional<Event> Next(Deadline deadline);

  // Marks the session as a member's: its connection stays open as long as the
  // session. All other connections are closed after a while.
  void Recognize(size_t session);

  // Ignored if the session is gone: its end is an event.
  void Send(size_t session, wire::CoordinatorMessage message);
  // Number of messages that wait to be sent to the session.
  size_t Backlog(size_t session) const;
  // Whether the session was heard from at that instant or later; false if it is
  // gone.
  bool HeardSince(size_t session, int64_t steady_ns) const;
  // True if a message from the session waits to be taken by Next.
  bool HasUnread(size_t session) const;
  void End(size_t session, const absl::Status& status);
  // Ends sessions that opened before that instant and never sent anything.
  // Cancels sessions that were ended before it and are still open.
  void EndLate(int64_t since_steady_ns);

  // Ends every session, and later ones as soon as they open. Only the first
  // call counts.
  void Close(const absl::Status& status);

 private:
  explicit Fleet(std::string token) : token_(std::move(token)) {}

  grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage>* Join(
      grpc::CallbackServerContext* context) override;

  // Null when it has ended.
  std::shared_ptr<WorkerSession> Find(size_t session) const;

  // Peer addresses of members, and of sessions whose Hello waits to be read.
  OpenConnections::Peers Workers() const;

  // Waits a moment for the sessions to end.
  void AwaitEnds() const;

  // OK, or UNAUTHENTICATED.
  absl::Status Admit(const grpc::CallbackServerContext& context) const;

  const std::string token_;           // empty: everybody may join
  Output& output_ = CurrentOutput();  // of its creator, for gRPC's threads
  // Takes accepted connections into gRPC.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> entrance_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Acceptor> acceptor_;  // null if in this process only
  mutable std::mutex mutex_;            // guards the members below
  std::condition_variable changed_;
  size_t next_session_ = 0;
  std::unordered_map<size_t, std::shared_ptr<WorkerSession>> sessions_;
  // Ended sessions, as long as gRPC has them.
  std::vector<std::shared_ptr<WorkerSession>> ending_;
  std::deque<Event> events_;
  std::optional<absl::Status> closed_;
  uint64_t turned_away_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_FLEET_H_
