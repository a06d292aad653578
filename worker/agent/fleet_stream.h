// The worker's end of a Fleet.Join stream.
//
// Send is thread-safe. One thread calls Take; the bell rings for it when a
// message has come or the stream has ended. The next message is read when the
// last was taken, so that a fast coordinator cannot fill our memory. Borrows
// the bell.
#ifndef INVOCATOR_WORKER_AGENT_FLEET_STREAM_H_
#define INVOCATOR_WORKER_AGENT_FLEET_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/channel/write_queue.h"
#include "proto/fleet.grpc.pb.h"
#include "worker/agent/bell.h"

namespace invocator {

class FleetStream final
    : private grpc::ClientBidiReactor<wire::WorkerMessage,
                                      wire::CoordinatorMessage> {
 public:
  // Shows the join token, unless it is empty.
  FleetStream(const std::shared_ptr<grpc::Channel>& channel,
              const std::string& token, Bell& bell);
  // Cancels the stream and waits for gRPC to let go.
  ~FleetStream() override;

  void Send(wire::WorkerMessage message) { writes_.Push(std::move(message)); }

  // The next message, or nullopt if none has come.
  std::optional<wire::CoordinatorMessage> Take();

  // How the stream ended, or nullopt while it is open.
  std::optional<absl::Status> closed() const;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override { writes_.OnWriteDone(ok); }
  void OnDone(const grpc::Status& status) override;

  Bell& bell_;
  std::unique_ptr<wire::Fleet::Stub> stub_;
  grpc::ClientContext context_;
  wire::CoordinatorMessage incoming_;
  WriteQueue<wire::WorkerMessage> writes_;

  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable ended_;
  bool has_incoming_ = false;
  bool closing_ = false;  // no more messages will be taken
  std::optional<absl::Status> closed_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_FLEET_STREAM_H_
