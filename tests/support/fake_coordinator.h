// A coordinator made of raw messages, for the worker's tests: it says what its
// script tells it to, in any order, to each worker that joins.
//
// The script runs on gRPC's threads; what it returns ends the stream.
#ifndef INVOCATOR_TESTS_SUPPORT_FAKE_COORDINATOR_H_
#define INVOCATOR_TESTS_SUPPORT_FAKE_COORDINATOR_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "proto/fleet.grpc.pb.h"

namespace invocator {

class FakeCoordinator final : private wire::Fleet::Service {
 public:
  using Kind = wire::WorkerMessage::KindCase;

  // One worker's stream, in the hands of the script.
  class Session {
   public:
    using Stream =
        grpc::ServerReaderWriter<wire::CoordinatorMessage, wire::WorkerMessage>;
    explicit Session(Stream& stream) : stream_(stream) {}

    void Send(const wire::CoordinatorMessage& message) {
      stream_.Write(message);
    }
    void SayWelcome();
    // The whole plan, to be sent to `endpoint_url`; or those shares of it. Its
    // timestamps are announced, and follow with SayChunks.
    void SayAssignment(const Plan& plan, const std::string& endpoint_url);
    void SayAssignment(const Plan& plan, const std::string& endpoint_url,
                       const std::vector<Share>& shares, bool extensible,
                       uint32_t warm_connections = 0);
    // The payloads and timestamps of the last assignment.
    void SayChunks(const Plan& plan);
    void SayResume(uint64_t reports);
    void SayAck(uint64_t reports);
    void SayExtend(uint64_t number, const Share& share, int64_t from_ns);
    void SayPing(int64_t sent_ns, int64_t lease_until_ns = 0);
    // An instant on this machine's steady clock, `in_ns` from now.
    void SayStart(int64_t in_ns);
    void SayStop(bool now, int64_t from_ns = 0);

    // The next message of that kind, or nullopt when the worker has left.
    // Those skipped on the way are kept in seen().
    std::optional<wire::WorkerMessage> Await(Kind kind);
    // The same for the next report of that kind.
    std::optional<wire::Report> AwaitReport(wire::Report::KindCase kind);
    // Until a report shows that something was sent.
    void AwaitPlaying();
    // Takes the worker from its Hello to its start.
    void PlayUntilStart(const Plan& plan, const std::string& endpoint_url);
    // All that came, in order.
    const std::vector<wire::WorkerMessage>& seen() const { return seen_; }

   private:
    Stream& stream_;
    std::vector<uint32_t> tapes_;  // announced
    std::vector<wire::WorkerMessage> seen_;
  };
  using Script = std::function<grpc::Status(Session&)>;

  explicit FakeCoordinator(Script script);
  ~FakeCoordinator() override;

  std::shared_ptr<grpc::Channel> channel() {
    return server_->InProcessChannel(grpc::ChannelArguments());
  }
  // Goes away at once, as if the process had died.
  void Die();

 private:
  grpc::Status Join(grpc::ServerContext* context,
                    Session::Stream* stream) override;

  const Script script_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_FAKE_COORDINATOR_H_
