// The coordinator's end of one worker's Fleet.Join stream.
//
// Made and owned by gRPC's callbacks until OnDone; others hold it by
// shared_ptr. ReadNext and End are called by one thread, everything else by
// any. Reads one message per ReadNext, so that a worker cannot fill our memory.
#ifndef INVOCATOR_COORDINATOR_FLEET_WORKER_SESSION_H_
#define INVOCATOR_COORDINATOR_FLEET_WORKER_SESSION_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/channel/write_queue.h"
#include "proto/fleet.grpc.pb.h"

namespace invocator {

class WorkerSession final
    : private grpc::ServerBidiReactor<wire::WorkerMessage,
                                      wire::CoordinatorMessage> {
 public:
  // Called for every message with its arrival by the steady clock, and finally
  // with nullopt when no more will come. Runs on gRPC's threads; must not
  // block.
  using OnMessage = std::function<void(
      size_t session, std::optional<wire::WorkerMessage>, int64_t received_ns)>;

  // Starts reading. `id` is handed to `on_message`; `context` is the stream's.
  static std::shared_ptr<WorkerSession> Create(
      size_t id, grpc::CallbackServerContext* context, OnMessage on_message);

  // For the service, which must return it to gRPC.
  grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage>*
  reactor() {
    return this;
  }

  void Send(wire::CoordinatorMessage message) {
    writes_.Push(std::move(message));
  }
  // Number of messages that wait to be sent.
  size_t backlog() const { return writes_.size(); }

  // Whether the worker was heard from at that instant or later. True while one
  // of its messages waits for us: then we are behind, not the worker.
  bool HeardSince(int64_t steady_ns) const {
    return has_message_ || heard_ns_ >= steady_ns;
  }

  // True if a message from the worker waits for us.
  bool has_unread() const { return has_message_; }

  // Whether it opened before that instant and has received nothing yet.
  bool IsMuteSince(int64_t steady_ns) const {
    return !spoke_ && heard_ns_ < steady_ns;
  }

  // The connection's peer address, in the form of PeerOf.
  const std::string& peer() const { return peer_; }

  // Marks it as a member's, until some time after its end.
  void Recognize() { is_member_ = true; }
  // Whether its connection is a worker's: a member's, or one whose first
  // message waits to be read.
  bool IsWorkers() const {
    return !done_ && (is_member_ || (has_message_ && !ended_));
  }

  // Asks for the next message. No effect after End, since gRPC may have
  // released the stream. REQUIRES: the one before was delivered.
  void ReadNext() {
    has_message_ = false;
    if (!ended_) StartRead(&incoming_);
  }

  // Ends the stream after what was sent before. Only the first call counts.
  void End(const absl::Status& status);
  bool ended() const { return ended_; }
  // True once gRPC has released it.
  bool done() const { return done_; }
  // Cancels the stream if it was ended before that instant: a worker that reads
  // nothing never learns of its end.
  void CancelIfEndedBefore(int64_t steady_ns);

 private:
  WorkerSession(size_t id, grpc::CallbackServerContext* context,
                OnMessage on_message);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override { writes_.OnWriteDone(ok); }
  void OnDone() override;

  // Reports, once, that no more messages will come.
  void TellEnd();

  const size_t id_;
  const std::string peer_;
  const OnMessage on_message_;
  // Guards the context. Recursive, since gRPC may call OnDone within TryCancel.
  std::recursive_mutex mutex_;
  grpc::CallbackServerContext* context_;  // until OnDone
  std::shared_ptr<WorkerSession> self_;   // until OnDone
  std::atomic<bool> ended_ = false;
  std::atomic<int64_t> ended_ns_ = INT64_MAX;
  std::atomic<bool> end_told_ = false;
  std::atomic<bool> done_ = false;
  std::atomic<bool> has_message_ = false;  // delivered, and not yet taken
  std::atomic<bool> spoke_ = false;
  std::atomic<bool> is_member_ = false;
  std::atomic<int64_t> heard_ns_;  // before it spoke: when it opened
  wire::WorkerMessage incoming_;
  WriteQueue<wire::CoordinatorMessage> writes_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_WORKER_SESSION_H_
