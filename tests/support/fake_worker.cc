#include "tests/support/fake_worker.h"

#include <chrono>
#include <thread>
#include <utility>

#include "common/base/clock.h"
#include "tests/support/deltas.h"

namespace invocator {

FakeWorker::FakeWorker(const std::shared_ptr<grpc::Channel>& channel,
                       Script script)
    : stub_(wire::Fleet::NewStub(channel)) {
  context_.set_deadline(std::chrono::system_clock::now() + kDeadline);
  thread_ = std::thread([this, script = std::move(script)] {
    stream_ = stub_->Join(&context_);
    script(*this);
    if (finished_) return;
    context_.TryCancel();
    Finish();
  });
}

FakeWorker::~FakeWorker() { thread_.join(); }

void FakeWorker::SayHello(const std::string& name, uint32_t version) {
  wire::WorkerMessage message;
  message.mutable_hello()->set_protocol_version(version);
  message.mutable_hello()->set_name(name);
  message.mutable_hello()->set_threads(2);
  Send(message);
}

void FakeWorker::SayRejoin(const std::string& member_key, uint64_t extends) {
  wire::WorkerMessage message;
  message.mutable_rejoin()->set_protocol_version(kProtocolVersion);
  message.mutable_rejoin()->set_member_key(member_key);
  message.mutable_rejoin()->set_extends(extends);
  Send(message);
}

void FakeWorker::SayReady() {
  wire::WorkerMessage message;
  message.mutable_ready();
  Send(message);
}

void FakeWorker::SayStartArmed() {
  wire::WorkerMessage message;
  message.mutable_start_armed()->set_steady_ns(start_ns_);
  Send(message);
}

void FakeWorker::SayStartMissed(bool begun) {
  wire::WorkerMessage message;
  message.mutable_start_missed()->set_steady_ns(start_ns_);
  message.mutable_start_missed()->set_late_ns(1'000'000);
  message.mutable_start_missed()->set_begun(begun);
  Send(message);
}

void FakeWorker::SayProgress(uint64_t number, uint64_t sent) {
  wire::WorkerMessage message;
  reported_ = number;
  message.mutable_report()->set_number(number);
  *message.mutable_report()->mutable_progress()->add_instances() =
      DeltaOf(0, sent);
  Send(message);
}

void FakeWorker::SayLeave(int64_t from_ns, uint64_t extends) {
  wire::WorkerMessage message;
  message.mutable_leave()->set_from_ns(from_ns);
  message.mutable_leave()->set_extends(extends);
  Send(message);
}

void FakeWorker::SayDone(int64_t stopped_from_ns) {
  wire::WorkerMessage message;
  message.mutable_report()->set_number(++reported_);
  message.mutable_report()->mutable_done()->set_schedule_exhausted(true);
  message.mutable_report()->mutable_done()->set_stopped_from_ns(
      stopped_from_ns);
  Send(message);
}

std::optional<wire::CoordinatorMessage> FakeWorker::Await(Kind kind) {
  wire::CoordinatorMessage message;
  while (stream_->Read(&message)) {
    if (message.has_start()) start_ns_ = message.start().steady_ns();
    if (message.kind_case() == kind) return message;
    if (!message.has_clock_ping()) continue;
    wire::WorkerMessage pong;
    pong.mutable_clock_pong()->set_sent_ns(message.clock_ping().sent_ns());
    pong.mutable_clock_pong()->set_steady_ns(SystemSteadyClock().NowNs());
    Send(pong);
  }
  return std::nullopt;
}

std::optional<wire::CoordinatorMessage> FakeWorker::AwaitStart() {
  auto start = Await(Kind::kStart);
  if (start) SayStartArmed();
  return start;
}

void FakeWorker::AwaitBegin() const {
  std::this_thread::sleep_for(
      std::chrono::nanoseconds(start_ns_ - SystemSteadyClock().NowNs()));
}

void FakeWorker::PlayUntilStart() {
  SayHello();
  Await(Kind::kAssignment);
  SayReady();
  AwaitStart();
}

std::optional<wire::CoordinatorMessage> FakeWorker::AwaitAny() {
  wire::CoordinatorMessage message;
  if (!stream_->Read(&message)) return std::nullopt;
  return message;
}

grpc::Status FakeWorker::Finish() {
  while (Await(Kind::KIND_NOT_SET)) {
  }
  finished_ = true;
  return stream_->Finish();
}

}  // namespace invocator
