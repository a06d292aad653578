// The worker's end of a Fleet.Join stream.
//
// Thread-safe sending; Next is called by one thread, which is also the one that
// is woken by Wake. Messages are read one at a time, the next when the one
// before was taken, so that a fast coordinator cannot fill our memory.
#ifndef INVOCATOR_WORKER_FLEET_STREAM_H_
#define INVOCATOR_WORKER_FLEET_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/write_queue.h"
#include "proto/fleet.grpc.pb.h"

namespace invocator {

class FleetStream final
    : private grpc::ClientBidiReactor<wire::WorkerMessage,
                                      wire::CoordinatorMessage> {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // Shows the join token, unless it is empty.
  FleetStream(const std::shared_ptr<grpc::Channel>& channel,
              const std::string& token);
  // Cancels what is under way and waits for gRPC to let go.
  ~FleetStream();

  void Send(wire::WorkerMessage message) { writes_.Push(std::move(message)); }

  // The next message; nullopt at the deadline, after Wake, or when the stream
  // has ended (see closed).
  std::optional<wire::CoordinatorMessage> Next(Deadline deadline);

  // Makes Next return, now or the next time.
  void Wake();

  // How the stream ended, or nullopt while it is open.
  std::optional<absl::Status> closed() const;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override { writes_.OnWriteDone(ok); }
  void OnDone(const grpc::Status& status) override;

  std::unique_ptr<wire::Fleet::Stub> stub_;
  grpc::ClientContext context_;
  wire::CoordinatorMessage incoming_;
  WriteQueue<wire::WorkerMessage> writes_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool has_incoming_ = false;
  bool woken_ = false;
  bool closing_ = false;  // nobody will take another message
  std::optional<absl::Status> closed_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_FLEET_STREAM_H_
