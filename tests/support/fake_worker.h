// A worker made of raw messages, for the coordinator's tests: it says what its
// script tells it to, in any order.
//
// The script runs on a thread of its own. Every wait of it ends after
// kDeadline.
#ifndef INVOCATOR_TESTS_SUPPORT_FAKE_WORKER_H_
#define INVOCATOR_TESTS_SUPPORT_FAKE_WORKER_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "common/wire/protocol.h"
#include "proto/fleet.grpc.pb.h"

namespace invocator {

class FakeWorker {
 public:
  static constexpr std::chrono::seconds kDeadline{20};
  using Kind = wire::CoordinatorMessage::KindCase;
  using Script = std::function<void(FakeWorker&)>;

  // Joins. The stream is cancelled when the script has ended, unless it has
  // called Finish.
  FakeWorker(const std::shared_ptr<grpc::Channel>& channel, Script script);
  // Waits for the script's end.
  ~FakeWorker();

  void Send(const wire::WorkerMessage& message) { stream_->Write(message); }
  void SayHello(const std::string& name = "w",
                uint32_t version = kProtocolVersion);
  void SayRejoin(const std::string& member_key, uint64_t extends = 0);
  void SayReady();
  // Of the last Start that Await has seen.
  void SayStartArmed();
  void SayStartMissed(bool begun = false);
  // `sent` invocations of the first instance, all ok.
  void SayProgress(uint64_t number, uint64_t sent);
  void SayLeave(int64_t from_ns, uint64_t extends = 0);
  // `stopped_from_ns`: as in Done.
  void SayDone(int64_t stopped_from_ns = 0);

  // The next message of that kind; pings are answered and others skipped on
  // the way. nullopt when the stream has ended.
  std::optional<wire::CoordinatorMessage> Await(Kind kind);
  // The next message of any kind.
  std::optional<wire::CoordinatorMessage> AwaitAny();
  // A Start, which is taken.
  std::optional<wire::CoordinatorMessage> AwaitStart();
  // Blocks until the instant of that Start: no real worker leaves before it,
  // and by then the coordinator has heard from all.
  void AwaitBegin() const;
  // From Hello to the start.
  void PlayUntilStart();
  // Waits for the coordinator to end the stream, and says how it did.
  grpc::Status Finish();

 private:
  const std::unique_ptr<wire::Fleet::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<wire::WorkerMessage, wire::CoordinatorMessage>>
      stream_;
  uint64_t reported_ = 0;  // the last number
  int64_t start_ns_ = 0;   // the last Start
  bool finished_ = false;
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_FAKE_WORKER_H_
