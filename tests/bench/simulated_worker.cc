#include "tests/bench/simulated_worker.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/wire/histogram_codec.h"
#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"
#include "common/wire/totals_codec.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

std::shared_ptr<grpc::Channel> Dial(const std::string& coordinator) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAssignmentBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Else all channels of a process would share one connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(
      coordinator, grpc::InsecureChannelCredentials(), arguments);
}

// What follows in chunks.
uint64_t BytesToCome(const wire::Assignment& assignment) {
  const wire::Plan& plan = assignment.plan();
  uint64_t bytes = 0;
  for (const wire::PayloadSet& set : plan.payload_sets()) {
    for (uint64_t body : set.body_bytes()) bytes += body;
  }
  for (uint32_t instance : assignment.tapes()) {
    bytes +=
        plan.instances(static_cast<int>(instance)).arrivals().tape().bytes();
  }
  return bytes;
}

}  // namespace

SimulatedWorker::SimulatedWorker(const std::string& coordinator, size_t number,
                                 Scoreboard& scoreboard)
    : number_(number),
      scoreboard_(scoreboard),
      stub_(wire::Fleet::NewStub(Dial(coordinator))),
      writes_([this](const wire::WorkerMessage* m) { StartWrite(m); }) {
  context_.set_wait_for_ready(true);
  stub_->async()->Join(&context_, this);
  // Writes start outside of reactions: the hold keeps OnDone away meanwhile.
  AddHold();
  StartRead(&incoming_);
  StartCall();
  wire::WorkerMessage message;
  wire::Hello& hello = *message.mutable_hello();
  hello.set_protocol_version(kProtocolVersion);
  hello.set_name(absl::StrCat("worker", number));
  hello.set_threads(1);
  writes_.Push(std::move(message));
}

void SimulatedWorker::OnReadDone(bool ok) {
  if (!ok) {
    writes_.CloseAfterWrites([this] { RemoveHold(); });
    return;
  }
  Handle(incoming_);
  StartRead(&incoming_);
}

void SimulatedWorker::OnDone(const grpc::Status& status) {
  scoreboard_.Update([&](Scoreboard::Counts& counts) {
    ++counts.closed;
    if (!status.ok() && counts.first_failure.empty()) {
      counts.first_failure =
          absl::StrCat("worker", number_, ": ", status.error_message());
    }
  });
}

void SimulatedWorker::Handle(const wire::CoordinatorMessage& message) {
  using Kind = wire::CoordinatorMessage::KindCase;
  switch (message.kind_case()) {
    case Kind::kWelcome:
      scoreboard_.Update([](Scoreboard::Counts& c) { ++c.welcomed; });
      return;
    case Kind::kClockPing: {
      wire::WorkerMessage pong;
      pong.mutable_clock_pong()->set_sent_ns(message.clock_ping().sent_ns());
      pong.mutable_clock_pong()->set_steady_ns(SystemSteadyClock().NowNs());
      pong.mutable_clock_pong()->set_wall_unix_s(SystemWallClock().NowUnixS());
      writes_.Push(std::move(pong));
      return;
    }
    case Kind::kAssignment:
      for (const wire::Share& share : message.assignment().shares()) {
        shares_.push_back({share.instance(), share.index(), share.count()});
        tallies_.emplace_back().instance = share.instance();
      }
      bytes_left_ = BytesToCome(message.assignment());
      bins_.emplace(message.assignment().plan().duration_s());
      if (number_ == 0) assignment_ = message.assignment();
      scoreboard_.Update([](Scoreboard::Counts& c) { ++c.assigned; });
      ReadyIfComplete();
      return;
    case Kind::kPayloadChunk:
      bytes_left_ -= message.payload_chunk().data().size();
      ReadyIfComplete();
      return;
    case Kind::kTapeChunk:
      bytes_left_ -= message.tape_chunk().data().size();
      ReadyIfComplete();
      return;
    case Kind::kStart: {
      start_ns_ = message.start().steady_ns();
      const int64_t late_ns = SystemSteadyClock().NowNs() - start_ns_;
      wire::WorkerMessage answer;
      if (late_ns > 0) {
        answer.mutable_start_missed()->set_steady_ns(start_ns_);
        answer.mutable_start_missed()->set_late_ns(late_ns);
      } else {
        answer.mutable_start_armed()->set_steady_ns(start_ns_);
      }
      writes_.Push(std::move(answer));
      if (late_ns <= 0 && !std::exchange(started_, true)) {
        scoreboard_.Update([](Scoreboard::Counts& c) { ++c.started; });
      }
      return;
    }
    default:
      return;
  }
}

void SimulatedWorker::ReadyIfComplete() {
  if (bytes_left_ > 0) return;
  wire::WorkerMessage ready;
  ready.mutable_ready();
  writes_.Push(std::move(ready));
}

SimulatedWorker::InstanceTally& SimulatedWorker::TallyOf(uint32_t instance) {
  for (InstanceTally& tally : tallies_) {
    if (tally.instance == instance) return tally;
  }
  return tallies_.front();  // nobody asks for another's
}

void SimulatedWorker::Report(const Record& record, uint64_t digest_term,
                             bool sampled) {
  InstanceTally& tally = TallyOf(record.instance);
  ++tally.sent;
  tally.digest += digest_term;
  BinTotals& scheduled = tally.bins[bins_->TickOf(record.scheduled_ns)];
  scheduled.lateness.Add(record.LatenessNs());
  scheduled.service.Add(record.ServiceNs());
  scheduled.response.Add(record.ResponseNs());
  scheduled.first_byte.Add(record.ServiceNs());
  ++tally.bins[bins_->TickOf(record.sent_ns)].sent;
  ++tally.bins[bins_->TickOf(record.done_ns)].Of(record.outcome);
  if (!sampled) return;
  if (!encoder_) encoder_.emplace(*records_.mutable_records());
  encoder_->Add(record);
  if (records_.records().instance_size() == kRecordsPerBatch) SendRecords();
}

void SimulatedWorker::SendRecords() {
  if (!encoder_) return;
  encoder_.reset();
  SendReport(std::exchange(records_, {}));
}

void SimulatedWorker::SendReport(wire::Report report) {
  report.set_number(++reports_);
  wire::WorkerMessage message;
  *message.mutable_report() = std::move(report);
  writes_.Push(std::move(message));
}

void SimulatedWorker::SendProgress() {
  wire::Report report;
  wire::Progress& progress = *report.mutable_progress();
  for (InstanceTally& tally : tallies_) {
    if (tally.sent == 0) continue;
    wire::InstanceDelta& delta = *progress.add_instances();
    delta.set_instance(tally.instance);
    tally.sent = 0;
    delta.set_sent_digest(std::exchange(tally.digest, 0));
    for (const auto& [tick, bin] : std::exchange(tally.bins, {})) {
      wire::BinDelta& bin_delta = *delta.add_bins();
      bin_delta.set_tick(tick);
      ToWire(bin, bin_delta);
    }
  }
  SendReport(std::move(report));
}

void SimulatedWorker::SendDone(int64_t ended_ns) {
  wire::Report report;
  wire::Done& done = *report.mutable_done();
  done.set_schedule_exhausted(true);
  done.set_last_sent_ns(ended_ns);
  done.set_ended_ns(ended_ns);
  done.add_engines()->set_max_in_flight(1);
  SendReport(std::move(report));
}

}  // namespace invocator
