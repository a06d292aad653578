#include "tests/support/fake_coordinator.h"

#include <chrono>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "common/wire/assignment_codec.h"
#include "common/wire/plan_chunks.h"
#include "common/wire/plan_codec.h"
#include "tests/support/plans.h"

namespace invocator {

void FakeCoordinator::Session::SayWelcome() {
  wire::CoordinatorMessage message;
  message.mutable_welcome();
  Send(message);
}

void FakeCoordinator::Session::SayAssignment(const Plan& plan,
                                             const std::string& endpoint_url) {
  SayAssignment(plan, endpoint_url, WholeShares(plan), /*extensible=*/false);
}

void FakeCoordinator::Session::SayAssignment(const Plan& plan,
                                             const std::string& endpoint_url,
                                             const std::vector<Share>& shares,
                                             bool extensible,
                                             uint32_t warm_connections) {
  wire::CoordinatorMessage message;
  wire::Assignment& assignment = *message.mutable_assignment();
  RunSettings settings;
  settings.endpoint_url = endpoint_url;
  settings.max_in_flight = 8;
  settings.drain_ns = 100'000'000;
  settings.warm_connections = warm_connections;
  settings.record_ratio = 1;
  settings.extensible = extensible;
  assignment = ToWire(plan, settings);
  AddShares(plan, shares, assignment);
  tapes_.assign(assignment.tapes().begin(), assignment.tapes().end());
  Send(message);
}

void FakeCoordinator::Session::SayChunks(const Plan& plan) {
  PlanChunks chunks(plan, tapes_);
  while (const auto chunk = *chunks.Next()) Send(*chunk);
}

void FakeCoordinator::Session::SayResume(uint64_t reports) {
  wire::CoordinatorMessage message;
  message.mutable_resume()->set_reports(reports);
  Send(message);
}

void FakeCoordinator::Session::SayAck(uint64_t reports) {
  wire::CoordinatorMessage message;
  message.mutable_ack()->set_reports(reports);
  Send(message);
}

void FakeCoordinator::Session::SayExtend(uint64_t number, const Share& share,
                                         int64_t from_ns) {
  wire::CoordinatorMessage message;
  message.mutable_extend()->set_number(number);
  *message.mutable_extend()->add_shares() = ToWire(share);
  message.mutable_extend()->set_from_ns(from_ns);
  Send(message);
}

void FakeCoordinator::Session::SayPing(int64_t sent_ns,
                                       int64_t lease_until_ns) {
  wire::CoordinatorMessage message;
  message.mutable_clock_ping()->set_sent_ns(sent_ns);
  message.mutable_clock_ping()->set_lease_until_ns(lease_until_ns);
  Send(message);
}

void FakeCoordinator::Session::SayStart(int64_t in_ns) {
  wire::CoordinatorMessage message;
  message.mutable_start()->set_steady_ns(SystemSteadyClock().NowNs() + in_ns);
  Send(message);
}

void FakeCoordinator::Session::SayStop(bool now, int64_t from_ns) {
  wire::CoordinatorMessage message;
  message.mutable_stop()->set_now(now);
  message.mutable_stop()->set_from_ns(from_ns);
  Send(message);
}

std::optional<wire::WorkerMessage> FakeCoordinator::Session::Await(Kind kind) {
  wire::WorkerMessage message;
  while (stream_.Read(&message)) {
    seen_.push_back(message);
    if (message.kind_case() == kind) return message;
  }
  return std::nullopt;
}

std::optional<wire::Report> FakeCoordinator::Session::AwaitReport(
    wire::Report::KindCase kind) {
  while (const auto message = Await(Kind::kReport)) {
    if (message->report().kind_case() == kind) return message->report();
  }
  return std::nullopt;
}

void FakeCoordinator::Session::AwaitPlaying() {
  while (const auto message = Await(Kind::kReport)) {
    const wire::Report& report = message->report();
    if (report.has_records() || report.progress().in_flight() > 0) return;
  }
}

void FakeCoordinator::Session::PlayUntilStart(const Plan& plan,
                                              const std::string& endpoint_url) {
  SayWelcome();
  SayAssignment(plan, endpoint_url);
  SayChunks(plan);
  Await(Kind::kReady);
  SayStart(100'000'000);
}

FakeCoordinator::FakeCoordinator(Script script) : script_(std::move(script)) {
  grpc::ServerBuilder builder;
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

FakeCoordinator::~FakeCoordinator() { Die(); }

void FakeCoordinator::Die() {
  server_->Shutdown(std::chrono::system_clock::now());
}

grpc::Status FakeCoordinator::Join(grpc::ServerContext*,
                                   Session::Stream* stream) {
  Session session(*stream);
  return script_(session);
}

}  // namespace invocator
