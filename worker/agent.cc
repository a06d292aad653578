#include "worker/agent.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/credentials.h"
#include "common/payload_assembler.h"
#include "common/protocol.h"
#include "spdlog/spdlog.h"
#include "worker/assignment.h"
#include "worker/chunk_queue.h"
#include "worker/engine_group.h"
#include "worker/fleet_stream.h"
#include "worker/request.h"
#include "worker/tally.h"

namespace invocator {
namespace {

using std::chrono::steady_clock;

rusage ProcessUsage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double CpuSeconds(const rusage& usage) {
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One stay in a fleet, from Hello to the stream's end.
class Membership {
 public:
  Membership(const AgentOptions& options, const SteadyClock& steady,
             const WallClock& wall,
             const std::shared_ptr<grpc::Channel>& channel)
      : options_(options),
        steady_(steady),
        wall_(wall),
        stream_(channel, options.token),
        queue_([this] { stream_.Wake(); }) {}

  absl::Status Run(const std::atomic<bool>& stop_requested);

 private:
  void SayHello();
  // From now on the coordinator has `patience` to do what is named.
  void Await(absl::string_view what, absl::Duration patience);
  // Ends what goes on, tells the coordinator, and waits for it to close.
  void Fail(absl::Status status);
  absl::Status Handle(const wire::CoordinatorMessage& message);
  absl::Status OnAssignment(const wire::Assignment& message);
  absl::Status OnPayloadChunk(const wire::PayloadChunk& chunk);
  absl::Status GetReady();
  absl::Status OnStart(const wire::Start& start);
  void OnStop(const wire::Stop& stop);

  // Everything the engines have recorded goes into the tally, and out.
  void ForwardRecords();
  void SendProgress();
  void SendDone();

  const AgentOptions& options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  FleetStream stream_;
  ChunkQueue queue_;
  absl::string_view awaited_;
  steady_clock::time_point deadline_ = steady_clock::time_point::max();
  absl::Status failure_;
  bool welcomed_ = false;
  std::optional<Assignment> assignment_;
  std::optional<PayloadAssembler> payloads_;
  std::optional<Tally> tally_;
  // After what its engines borrow, so that it is destroyed before.
  std::unique_ptr<EngineGroup> engines_;
  bool started_ = false;
  bool stopped_ = false;
  bool done_ = false;
  double cpu_at_start_s_ = 0;
  uint64_t progress_number_ = 0;
  uint64_t batch_number_ = 0;
};

absl::Status OutOfOrder(absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("the coordinator sent ", message, " out of order"));
}

void Membership::SayHello() {
  wire::WorkerMessage message;
  wire::Hello& hello = *message.mutable_hello();
  hello.set_protocol_version(kProtocolVersion);
  hello.set_software_version(INVOCATOR_VERSION);
  hello.set_name(options_.name);
  hello.set_threads(options_.threads);
  stream_.Send(std::move(message));
  Await("to welcome us", options_.patience.welcome);
}

void Membership::Await(absl::string_view what, absl::Duration patience) {
  awaited_ = what;
  deadline_ = steady_clock::now() + absl::ToChronoNanoseconds(patience);
}

void Membership::Fail(absl::Status status) {
  if (engines_) engines_->Stop(/*now=*/true);
  failure_ = std::move(status);
  wire::WorkerMessage message;
  message.mutable_failure()->set_code(static_cast<int>(failure_.code()));
  message.mutable_failure()->set_message(std::string(failure_.message()));
  stream_.Send(std::move(message));
  Await("to close the stream", options_.patience.close);
}

absl::Status Membership::Run(const std::atomic<bool>& stop_requested) {
  SayHello();
  const auto period = absl::ToChronoNanoseconds(kProgressPeriod);
  auto next_progress = steady_clock::now() + period;
  while (true) {
    const auto message = stream_.Next(std::min(next_progress, deadline_));
    if (message && failure_.ok()) {
      absl::Status status = Handle(*message);
      if (!status.ok()) Fail(std::move(status));
    } else if (!message) {
      const auto closed = stream_.closed();
      if (closed) return failure_.ok() ? *closed : failure_;
    }
    if (failure_.ok() && stop_requested.load() &&
        !std::exchange(stopped_, true)) {
      if (started_) {
        engines_->Stop(/*now=*/false);
      } else if (!welcomed_) {
        return absl::CancelledError("the worker was asked to stop");
      } else {
        Fail(absl::CancelledError("the worker was asked to stop"));
      }
    }
    const bool playing = started_ && !done_ && failure_.ok();
    if (playing) {
      ForwardRecords();
      if (engines_->ended()) SendDone();
    }
    const auto now = steady_clock::now();
    if (now >= deadline_) {
      return failure_.ok() ? absl::DeadlineExceededError(absl::StrCat(
                                 "the coordinator took too long ", awaited_))
                           : failure_;
    }
    if (now >= next_progress) {
      if (playing && !done_) SendProgress();
      next_progress = now + period;
    }
  }
}

absl::Status Membership::Handle(const wire::CoordinatorMessage& message) {
  using Kind = wire::CoordinatorMessage::KindCase;
  switch (message.kind_case()) {
    case Kind::kWelcome:
      if (std::exchange(welcomed_, true)) return OutOfOrder("Welcome");
      Await("to hand out the shares", options_.patience.assignment);
      return absl::OkStatus();
    case Kind::kClockPing: {
      wire::WorkerMessage pong;
      pong.mutable_clock_pong()->set_number(message.clock_ping().number());
      pong.mutable_clock_pong()->set_steady_ns(steady_.NowNs());
      stream_.Send(std::move(pong));
      return absl::OkStatus();
    }
    case Kind::kAssignment:
      return OnAssignment(message.assignment());
    case Kind::kPayloadChunk:
      return OnPayloadChunk(message.payload_chunk());
    case Kind::kStart:
      return OnStart(message.start());
    case Kind::kAck:
      return absl::OkStatus();
    case Kind::kStop:
      OnStop(message.stop());
      return absl::OkStatus();
    case Kind::KIND_NOT_SET:
      break;
  }
  return OutOfOrder("an unknown message");
}

absl::Status Membership::OnAssignment(const wire::Assignment& message) {
  if (!welcomed_ || assignment_) return OutOfOrder("Assignment");
  absl::StatusOr<Assignment> assignment = ReadAssignment(
      message, options_.threads, options_.file_limit, options_.allowed_hosts);
  if (!assignment.ok()) return assignment.status();
  assignment_ = *std::move(assignment);
  assignment_->engines.ca_file = options_.ca_file;
  assignment_->engines.pin = options_.pin;
  payloads_.emplace(message.plan(), assignment_->plan);
  Await("to send the payloads", options_.patience.payload);
  return payloads_->complete() ? GetReady() : absl::OkStatus();
}

absl::Status Membership::OnPayloadChunk(const wire::PayloadChunk& chunk) {
  if (!payloads_ || engines_) return OutOfOrder("PayloadChunk");
  absl::Status status =
      payloads_->Append(chunk.payload_set(), chunk.body(), chunk.data());
  if (!status.ok()) return status;
  Await("to send the payloads", options_.patience.payload);
  return payloads_->complete() ? GetReady() : absl::OkStatus();
}

absl::Status Membership::GetReady() {
  std::optional<Credentials> credentials;
  if (NeedsCredentials(assignment_->plan)) {
    absl::StatusOr<Credentials> found = CredentialsFromEnvironment();
    if (!found.ok()) return found.status();
    credentials = *std::move(found);
  }
  // Whoever ends the stream need not wait for connections.
  assignment_->engines.give_up = [this] {
    return stream_.closed().has_value();
  };
  auto engines =
      EngineGroup::Create(assignment_->plan, assignment_->shares, credentials,
                          queue_, steady_, wall_, assignment_->engines);
  if (!engines.ok()) return engines.status();
  engines_ = *std::move(engines);
  tally_.emplace(assignment_->plan, assignment_->record_ratio);
  wire::WorkerMessage ready;
  ready.mutable_ready();
  stream_.Send(std::move(ready));
  Await("to start", options_.patience.start);
  return absl::OkStatus();
}

absl::Status Membership::OnStart(const wire::Start& start) {
  if (!engines_ || started_) return OutOfOrder("Start");
  const int64_t late_ns = steady_.NowNs() - start.steady_ns();
  if (late_ns > 0) {
    wire::WorkerMessage missed;
    missed.mutable_start_missed()->set_late_ns(late_ns);
    stream_.Send(std::move(missed));
    return absl::OkStatus();
  }
  started_ = true;
  deadline_ = steady_clock::time_point::max();  // the engines' end has one
  cpu_at_start_s_ = CpuSeconds(ProcessUsage());
  engines_->Start(start.steady_ns(), [this] { stream_.Wake(); });
  return absl::OkStatus();
}

void Membership::OnStop(const wire::Stop& stop) {
  if (engines_) engines_->Stop(stop.now());
}

void Membership::ForwardRecords() {
  for (std::unique_ptr<Chunk>& chunk : queue_.TakeFull()) {
    wire::WorkerMessage message;
    wire::RecordBatch& batch = *message.mutable_records();
    RecordEncoder encoder(batch);
    tally_->Add(*chunk, encoder);
    queue_.Recycle(std::move(chunk));
    if (batch.instance_size() == 0) continue;
    batch.set_number(++batch_number_);
    stream_.Send(std::move(message));
  }
}

void Membership::SendProgress() {
  bool more = true;
  while (more) {
    wire::WorkerMessage message;
    wire::Progress& progress = *message.mutable_progress();
    more = tally_->TakeDeltas(kProgressBytes, progress);
    progress.set_number(++progress_number_);
    progress.set_in_flight(engines_->in_flight());
    stream_.Send(std::move(message));
  }
}

void Membership::SendDone() {
  // The last engine may have pushed between the look at the queue and the look
  // at its end.
  ForwardRecords();
  SendProgress();
  wire::WorkerMessage message;
  wire::Done& done = *message.mutable_done();
  engines_->FillReport(done);
  const rusage usage = ProcessUsage();
  done.set_cpu_s(CpuSeconds(usage) - cpu_at_start_s_);
  done.set_max_rss_bytes(static_cast<uint64_t>(usage.ru_maxrss) * 1024);
  stream_.Send(std::move(message));
  done_ = true;
  // Others may have to play and drain to the plan's end.
  Await("to close the stream",
        absl::Seconds(assignment_->plan.duration_s) +
            std::min(absl::Nanoseconds(assignment_->engines.engine.drain_ns),
                     kMaxTimeout) +
            options_.patience.close);
}

}  // namespace

Agent::Agent(AgentOptions options, const SteadyClock& steady,
             const WallClock& wall)
    : options_(std::move(options)), steady_(steady), wall_(wall) {}

absl::Status Agent::Join(const std::shared_ptr<grpc::Channel>& channel) {
  Membership membership(options_, steady_, wall_, channel);
  return membership.Run(stop_requested_);
}

}  // namespace invocator
