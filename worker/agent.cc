#include "worker/agent.h"

#include <sys/resource.h>

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
#include "worker/tally.h"

namespace invocator {
namespace {

using std::chrono::steady_clock;

// How long the stream may stay open after Done or Failure.
constexpr auto kCloseDeadline = std::chrono::seconds(60);

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
        stream_(channel),
        queue_([this] { stream_.Wake(); }) {}

  absl::Status Run(const std::atomic<bool>& stop_requested);

 private:
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
  bool welcomed_ = false;
  std::optional<Assignment> assignment_;
  std::optional<PayloadAssembler> payloads_;
  std::optional<Tally> tally_;
  // After what its engines borrow, so that it is destroyed before.
  std::unique_ptr<EngineGroup> engines_;
  bool started_ = false;
  bool done_ = false;
  double cpu_at_start_s_ = 0;
  uint64_t progress_number_ = 0;
  uint64_t batch_number_ = 0;
};

absl::Status OutOfOrder(absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("the coordinator sent ", message, " out of order"));
}

absl::Status Membership::Run(const std::atomic<bool>& stop_requested) {
  wire::WorkerMessage hello;
  hello.mutable_hello()->set_protocol_version(kProtocolVersion);
  hello.mutable_hello()->set_software_version(INVOCATOR_VERSION);
  hello.mutable_hello()->set_name(options_.name);
  hello.mutable_hello()->set_threads(options_.threads);
  stream_.Send(std::move(hello));

  const auto period = absl::ToChronoNanoseconds(kProgressPeriod);
  auto next_progress = steady_clock::now() + period;
  auto close_deadline = steady_clock::time_point::max();
  bool stopped = false;
  while (true) {
    const auto message = stream_.Next(next_progress);
    if (message) {
      if (absl::Status status = Handle(*message); !status.ok()) {
        wire::WorkerMessage failure;
        failure.mutable_failure()->set_code(static_cast<int>(status.code()));
        failure.mutable_failure()->set_message(std::string(status.message()));
        stream_.Send(std::move(failure));
        close_deadline = steady_clock::now() + kCloseDeadline;
      }
    } else if (const auto closed = stream_.closed()) {
      return *closed;
    }
    if (stop_requested.load() && engines_ && !std::exchange(stopped, true)) {
      engines_->Stop(/*now=*/false);
    }
    if (started_ && !done_) {
      ForwardRecords();
      if (engines_->ended()) {
        SendDone();
        close_deadline = steady_clock::now() + kCloseDeadline;
      }
    }
    const auto now = steady_clock::now();
    if (now >= close_deadline) {
      return absl::DeadlineExceededError(
          "the coordinator did not close the stream");
    }
    if (now >= next_progress) {
      if (started_ && !done_) SendProgress();
      next_progress = now + period;
    }
  }
}

absl::Status Membership::Handle(const wire::CoordinatorMessage& message) {
  using Kind = wire::CoordinatorMessage::KindCase;
  switch (message.kind_case()) {
    case Kind::kWelcome:
      if (std::exchange(welcomed_, true)) return OutOfOrder("Welcome");
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
  absl::StatusOr<Assignment> assignment =
      ReadAssignment(message, options_.threads, options_.file_limit);
  if (!assignment.ok()) return assignment.status();
  assignment_ = *std::move(assignment);
  assignment_->engines.ca_file = options_.ca_file;
  payloads_.emplace(message.plan(), assignment_->plan);
  return payloads_->complete() ? GetReady() : absl::OkStatus();
}

absl::Status Membership::OnPayloadChunk(const wire::PayloadChunk& chunk) {
  if (!payloads_ || engines_) return OutOfOrder("PayloadChunk");
  absl::Status status =
      payloads_->Append(chunk.payload_set(), chunk.body(), chunk.data());
  if (!status.ok()) return status;
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
  wire::WorkerMessage message;
  wire::Progress& progress = *message.mutable_progress();
  tally_->TakeDeltas(progress);
  progress.set_number(++progress_number_);
  progress.set_in_flight(engines_->in_flight());
  stream_.Send(std::move(message));
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
