#include "coordinator/conductor.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/plan_codec.h"
#include "common/protocol.h"
#include "spdlog/spdlog.h"

namespace invocator {
namespace {

constexpr int64_t kTickNs = 100'000'000;
constexpr int kPings = 16;
constexpr absl::Duration kPingTimeout = absl::Seconds(10);
// From the decision to start to the start: enough for a message to every worker
// and for its engines to wake.
constexpr int64_t kStartLeadNs = 50'000'000;
constexpr int kMaxStarts = 6;
constexpr size_t kMaxNameBytes = 255;

// A name goes into reports and messages for people.
bool IsNice(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::none_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_iscntrl(static_cast<unsigned char>(c));
         });
}

}  // namespace

Conductor::Conductor(Fleet& fleet, const SteadyClock& clock,
                     std::function<int()> interrupts)
    : fleet_(fleet), clock_(clock), interrupts_(std::move(interrupts)) {}

absl::Status Conductor::Until(const std::function<bool()>& done,
                              int64_t deadline_ns, absl::string_view what,
                              bool may_be_interrupted) {
  while (!done()) {
    const int64_t now_ns = clock_.NowNs();
    if (may_be_interrupted && interrupted()) {
      return absl::CancelledError("interrupted");
    }
    if (now_ns >= deadline_ns) {
      return absl::DeadlineExceededError(
          absl::StrCat("gave up waiting for ", what));
    }
    const auto event = fleet_.Next(
        std::chrono::steady_clock::now() +
        std::chrono::nanoseconds(std::min(kTickNs, deadline_ns - now_ns)));
    if (event) {
      if (absl::Status status = Handle(*event); !status.ok()) return status;
    }
    if (sink_ != nullptr) {
      ForwardInterrupts();
      sink_->OnTick(static_cast<double>(clock_.NowNs() - start_ns_) / 1e9);
    }
  }
  return absl::OkStatus();
}

absl::Status Conductor::Handle(Fleet::Event event) {
  const auto member = by_session_.find(event.session);
  if (member == by_session_.end()) {
    return event.message ? Greet(event.session, *event.message)
                         : absl::OkStatus();
  }
  RunWorker& worker = workers_[member->second];
  if (event.message) return HandleInRun(member->second, *event.message);
  if (worker.done) return absl::OkStatus();
  worker.lost = true;
  return absl::UnavailableError(
      absl::StrCat("worker ", worker.name, " was lost"));
}

absl::Status Conductor::Greet(size_t session,
                              const wire::WorkerMessage& message) {
  if (!message.has_hello()) {
    fleet_.End(session, absl::InvalidArgumentError("expected Hello"));
    return absl::OkStatus();
  }
  const wire::Hello& hello = message.hello();
  if (hello.protocol_version() != kProtocolVersion) {
    fleet_.End(session,
               absl::FailedPreconditionError(absl::StrCat(
                   "this coordinator speaks protocol ", kProtocolVersion,
                   ", the worker ", hello.protocol_version())));
    return absl::OkStatus();
  }
  if (!IsNice(hello.name())) {
    fleet_.End(session, absl::InvalidArgumentError(absl::StrCat(
                            "a worker's name has 1 to ", kMaxNameBytes,
                            " bytes and no control characters")));
    return absl::OkStatus();
  }
  if (workers_.size() >= wanted_) {
    fleet_.End(session, absl::FailedPreconditionError(
                            absl::StrCat("the fleet is complete: ", wanted_,
                                         " workers have joined")));
    return absl::OkStatus();
  }
  RunWorker worker;
  worker.session = session;
  worker.name = hello.name();
  worker.threads = hello.threads();
  by_session_[session] = workers_.size();
  wire::CoordinatorMessage welcome;
  welcome.mutable_welcome()->set_worker(static_cast<uint32_t>(workers_.size()));
  fleet_.Send(session, std::move(welcome));
  workers_.push_back(std::move(worker));
  return absl::OkStatus();
}

absl::Status Conductor::HandleInRun(size_t index,
                                    const wire::WorkerMessage& message) {
  using Kind = wire::WorkerMessage::KindCase;
  RunWorker& worker = workers_[index];
  switch (message.kind_case()) {
    case Kind::kClockPong: {
      const auto ping = pings_.find(message.clock_pong().number());
      if (ping == pings_.end()) return absl::OkStatus();
      worker.clock.AddSample(ping->second, clock_.NowNs(),
                             message.clock_pong().steady_ns());
      pings_.erase(ping);
      return absl::OkStatus();
    }
    case Kind::kReady:
      if (!worker.assigned || worker.ready) break;
      worker.ready = true;
      return absl::OkStatus();
    case Kind::kFailure:
      // A code of 0 would make the failure a success.
      return absl::Status(
          message.failure().code() == 0
              ? absl::StatusCode::kUnknown
              : static_cast<absl::StatusCode>(message.failure().code()),
          absl::StrCat("worker ", worker.name, ": ",
                       message.failure().message()));
    case Kind::kStartMissed:
      if (sink_ == nullptr || worker.done) break;
      return StartAnew(worker, message.start_missed().late_ns());
    case Kind::kProgress:
    case Kind::kRecords:
    case Kind::kDone:
      if (sink_ == nullptr || worker.done) break;
      return HandleResult(index, message);
    default:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("worker ", worker.name, " sent a message out of order"));
}

absl::Status Conductor::HandleResult(size_t index,
                                     const wire::WorkerMessage& message) {
  RunWorker& worker = workers_[index];
  if (message.has_done()) {
    worker.done = message.done();
    return absl::OkStatus();
  }
  const bool is_progress = message.has_progress();
  const uint64_t number =
      is_progress ? message.progress().number() : message.records().number();
  const uint64_t expected =
      1 + (is_progress ? worker.ack.progress() : worker.ack.records());
  if (number != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker ", worker.name, " sent ",
                     is_progress ? "progress " : "records ", number,
                     ", expected ", expected));
  }
  const absl::Status status = is_progress
                                  ? sink_->OnProgress(index, message.progress())
                                  : sink_->OnRecords(index, message.records());
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat("worker ", worker.name,
                                                    ": ", status.message()));
  }
  if (is_progress) {
    worker.ack.set_progress(number);
  } else {
    worker.ack.set_records(number);
  }
  wire::CoordinatorMessage ack;
  *ack.mutable_ack() = worker.ack;
  fleet_.Send(worker.session, std::move(ack));
  return absl::OkStatus();
}

absl::Status Conductor::StartAnew(const RunWorker& worker, int64_t late_ns) {
  const std::string missed =
      absl::StrFormat("worker %s got the start %.1f ms too late", worker.name,
                      static_cast<double>(late_ns) / 1e6);
  // The others have begun by now: their share cannot be called back.
  if (workers_.size() > 1) return absl::AbortedError(missed);
  if (++starts_ >= kMaxStarts) {
    return absl::DeadlineExceededError(absl::StrCat(
        "worker ", worker.name, " missed ", kMaxStarts, " starts"));
  }
  spdlog::warn("{}, trying again", missed);
  start_lead_ns_ *= 2;
  SendStarts();
  return absl::OkStatus();
}

absl::Status Conductor::Gather(size_t count, absl::Duration timeout) {
  wanted_ = count;
  const int64_t deadline_ns =
      clock_.NowNs() + absl::ToInt64Nanoseconds(timeout);
  return Until([&] { return workers_.size() >= count; }, deadline_ns,
               absl::StrCat(count, " workers to join"),
               /*may_be_interrupted=*/true);
}

absl::Status Conductor::Prepare(
    const Plan& plan, const std::vector<std::vector<Share>>& partition,
    const wire::RunSettings& settings, absl::Duration timeout) {
  wire::CoordinatorMessage common;
  *common.mutable_assignment()->mutable_plan() = ToWire(plan);
  *common.mutable_assignment()->mutable_settings() = settings;
  for (size_t i = 0; i < workers_.size(); ++i) {
    wire::CoordinatorMessage assignment = common;
    for (const Share& share : partition[i]) {
      *assignment.mutable_assignment()->add_shares() = ToWire(share);
    }
    const size_t bytes = assignment.ByteSizeLong();
    if (bytes > static_cast<size_t>(kMaxMessageBytes)) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "the plan, without its payloads, takes ", bytes,
          " bytes to send to a worker, more than ", kMaxMessageBytes));
    }
    workers_[i].assigned = true;
    fleet_.Send(workers_[i].session, std::move(assignment));
    SendPayloads(workers_[i].session, plan);
  }
  const int64_t deadline_ns =
      clock_.NowNs() + absl::ToInt64Nanoseconds(timeout);
  absl::Status status = Until(
      [&] {
        return std::all_of(workers_.begin(), workers_.end(),
                           [](const RunWorker& w) { return w.ready; });
      },
      deadline_ns, "workers to get ready", /*may_be_interrupted=*/true);
  if (!status.ok()) return status;

  // One ping after the other: a queue of them would measure itself.
  for (const RunWorker& worker : workers_) {
    for (int i = 0; i < kPings; ++i) {
      const int samples = worker.clock.samples();
      wire::CoordinatorMessage ping;
      ping.mutable_clock_ping()->set_number(++last_ping_);
      pings_[last_ping_] = clock_.NowNs();
      fleet_.Send(worker.session, std::move(ping));
      status = Until([&] { return worker.clock.samples() > samples; },
                     clock_.NowNs() + absl::ToInt64Nanoseconds(kPingTimeout),
                     absl::StrCat("worker ", worker.name, " to answer"),
                     /*may_be_interrupted=*/true);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

void Conductor::SendPayloads(size_t session, const Plan& plan) {
  for (size_t set = 0; set < plan.payload_sets.size(); ++set) {
    for (size_t body = 0; body < plan.payload_sets[set].size(); ++body) {
      absl::string_view rest = plan.payload_sets[set][body];
      while (!rest.empty()) {
        const absl::string_view piece = rest.substr(0, kPayloadChunkBytes);
        rest.remove_prefix(piece.size());
        wire::CoordinatorMessage message;
        wire::PayloadChunk& chunk = *message.mutable_payload_chunk();
        chunk.set_payload_set(static_cast<uint32_t>(set));
        chunk.set_body(static_cast<uint32_t>(body));
        chunk.set_data(std::string(piece));
        fleet_.Send(session, std::move(message));
      }
    }
  }
}

void Conductor::SendStarts() {
  start_ns_ = clock_.NowNs() + start_lead_ns_;
  for (const RunWorker& worker : workers_) {
    wire::CoordinatorMessage start;
    start.mutable_start()->set_steady_ns(worker.clock.ToWorker(start_ns_));
    fleet_.Send(worker.session, std::move(start));
  }
}

void Conductor::ForwardInterrupts() {
  const int wanted = std::min(interrupts_(), 2);
  while (stops_sent_ < wanted) {
    ++stops_sent_;
    wire::CoordinatorMessage stop;
    stop.mutable_stop()->set_now(stops_sent_ == 2);
    for (const RunWorker& worker : workers_) {
      fleet_.Send(worker.session, stop);
    }
    sink_->OnStop(/*now=*/stops_sent_ == 2);
  }
}

absl::Status Conductor::Play(absl::Duration longest, ResultSink& sink) {
  int64_t round_trip_ns = 0;
  for (const RunWorker& worker : workers_) {
    round_trip_ns = std::max(round_trip_ns, worker.clock.round_trip_ns());
  }
  start_lead_ns_ = kStartLeadNs + 4 * round_trip_ns;
  SendStarts();
  sink_ = &sink;
  absl::Status status = Until(
      [&] {
        return std::all_of(
            workers_.begin(), workers_.end(),
            [](const RunWorker& w) { return w.done.has_value(); });
      },
      start_ns_ + absl::ToInt64Nanoseconds(longest), "workers to end",
      /*may_be_interrupted=*/false);
  sink_ = nullptr;
  return status;
}

}  // namespace invocator
