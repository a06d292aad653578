#include "worker/agent/membership.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/aws/aws_settings.h"
#include "common/base/scheduling.h"
#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"
#include "spdlog/spdlog.h"
#include "worker/agent/hello.h"
#include "worker/agent/stay_end.h"
#include "worker/exchange/request.h"
#include "worker/setup/own_credentials.h"
#include "worker/setup/own_target.h"

namespace invocator {
namespace {

// Longer, and the counts of the ticks meanwhile would take much memory.
constexpr int kMostProgressHeld = 10;

const int64_t kProgressPeriodNs = absl::ToInt64Nanoseconds(kProgressPeriod);
const int64_t kSilenceNs = absl::ToInt64Nanoseconds(kSilence);
// A turn this late means that the process stood still: silence meanwhile says
// nothing about the coordinator.
constexpr int64_t kStandstillNs = 500'000'000;

absl::Status OutOfOrder(absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("the coordinator sent ", message, " out of order"));
}

// Longest delay of a request to stop: signal handlers cannot ring the bell.
constexpr int64_t kRequestPeriodNs = 200'000'000;
// Longest departure. Calls in flight have 8 s to end (worker/engine/engine.cc),
// and container systems kill a process 10 s after asking it to stop.
constexpr absl::Duration kDeparture = absl::Seconds(9);
// Time to inform the coordinator when the worker must end at once.
constexpr absl::Duration kHurry = absl::Seconds(2);

}  // namespace

Membership::Membership(const AgentOptions& options, const SteadyClock& steady,
                       const WallClock& wall, const Dial& dial,
                       const std::atomic<int>& stop_requests)
    : options_(options),
      steady_(steady),
      wall_(wall),
      dial_(dial),
      queue_([this] { bell_.Ring(); }),
      departure_(stop_requests),
      reporter_(options.outbox) {}

int64_t Membership::NextLookNs() const {
  int64_t next_ns = std::min(
      {patience_.deadline_ns(), next_progress_ns_, now_ns_ + kRequestPeriodNs});
  if (!stream_) next_ns = std::min(next_ns, absence_.dial_ns());
  if (armed()) next_ns = std::min(next_ns, start_.BeginNs());
  return next_ns;
}

void Membership::Fail(absl::Status status) {
  if (engines_) engines_->Stop(/*now=*/true);
  failure_ = std::move(status);
  SendFailure();
  Await("to close the stream", options_.patience.close);
}

void Membership::SendFailure() {
  wire::WorkerMessage message;
  message.mutable_failure()->set_code(static_cast<int>(failure_.code()));
  message.mutable_failure()->set_message(std::string(failure_.message()));
  Send(std::move(message));
}

absl::Status Membership::Run(absl::Duration welcome) {
  stream_.emplace(dial_(), options_.token, bell_);
  Send(MakeHello(options_));
  now_ns_ = steady_.NowNs();
  Await("to welcome us", welcome);
  next_progress_ns_ = now_ns_ + kProgressPeriodNs;
  while (true) {
    const int64_t look_ns = NextLookNs();
    bell_.WaitUntil(std::chrono::steady_clock::time_point(
        std::chrono::nanoseconds(look_ns)));
    now_ns_ = steady_.NowNs();
    if (now_ns_ > look_ns + kStandstillNs) heard_ns_ = now_ns_;
    TakeMessages();
    if (std::optional<absl::Status> end = TendStream()) return *end;
    if (std::optional<absl::Status> end = HeedRequests()) return *end;
    if (failure_.ok()) {
      BeginInTime();
      QueueReports();
      SendReports();
    }
    if (now_ns_ >= next_progress_ns_) {
      next_progress_ns_ = now_ns_ + kProgressPeriodNs;
    }
    if (patience_.IsOver(now_ns_)) {
      if (!failure_.ok()) return AfterFailure(patience_.Error());
      return absence_.present() ? patience_.Error()
                                : CoordinatorGone(reporter_.outbox().size());
    }
  }
}

void Membership::TakeMessages() {
  while (stream_) {
    const auto message = stream_->Take();
    if (!message) return;
    heard_ns_ = now_ns_;
    if (!failure_.ok()) continue;
    absl::Status status = Handle(*message);
    if (!status.ok()) Fail(std::move(status));
  }
}

std::optional<absl::Status> Membership::HeedRequests() {
  const Departure::Wish wish = departure_.Heed();
  if (wish != Departure::Wish::kNone) {
    if (!welcomed()) return AskedToStop();
    patience_.Limit("to close the stream", kDeparture, now_ns_);
    if (phase_ == Phase::kPlaying) {
      Leave();
    } else if (phase_ != Phase::kDone && failure_.ok()) {
      spdlog::info("asked to stop: leaving before the start");
      Fail(AskedToStop());
    }
    if (wish == Departure::Wish::kEnd) Hurry();
  }
  // The coordinator has all reports, and keeps us only for the other workers.
  if (departure_.requested() && !departure_.leaving() &&
      phase_ == Phase::kDone && reporter_.outbox().empty()) {
    return played_;
  }
  return std::nullopt;
}

absl::Status Membership::AfterFailure(const absl::Status& closed) const {
  const bool left = departure_.requested() && absl::IsCancelled(failure_);
  return left && assignment_ && !closed.ok() ? NotReplaced() : failure_;
}

void Membership::Leave() {
  if (departure_.leaving()) return;
  const int64_t from_ns = engines_->Leave();
  departure_.Leave(from_ns, extends_);
  spdlog::warn(
      "asked to stop: leaving at {:.1f} s; later invocations go back to the "
      "coordinator, calls in flight have 8 s to end (ask again to end at "
      "once)",
      static_cast<double>(from_ns) / 1e9);
  if (absence_.present()) Send(departure_.Message());
}

void Membership::Hurry() {
  if (engines_) engines_->Stop(/*now=*/true);
  patience_.Limit("to close the stream", kHurry, now_ns_);
}

std::optional<absl::Status> Membership::TendStream() {
  if (!stream_) return TendAbsence();
  if (const std::optional<absl::Status> closed = stream_->closed()) {
    if (auto end = OnClosed(*closed)) return end;
  } else if (absence_.ResumeIsLate(now_ns_)) {
    LoseStream(Absence::Cause::kNoResume);
  } else if (absence_.present() && MayRejoin() && failure_.ok() &&
             now_ns_ - heard_ns_ > kSilenceNs) {
    LoseStream(Absence::Cause::kSilent);
  }
  return TendAbsence();
}

std::optional<absl::Status> Membership::OnClosed(const absl::Status& closed) {
  if (!failure_.ok()) return AfterFailure(closed);
  if (closed.ok() && phase_ == Phase::kDone) return played_;
  if (closed.ok()) {
    return EndedEarly(/*assigned=*/assignment_.has_value());
  }
  if (!absl::IsUnavailable(closed) || !MayRejoin()) return closed;
  // The coordinator has all reports, but its status tells whether others play
  // our remaining share.
  if (phase_ == Phase::kDone && reporter_.outbox().empty() &&
      !departure_.leaving()) {
    return played_;
  }
  LoseStream(Absence::Cause::kBroken);
  return std::nullopt;
}

std::optional<absl::Status> Membership::TendAbsence() {
  if (absence_.IsForEver(now_ns_)) {
    return CoordinatorGone(reporter_.outbox().size());
  }
  if (!stream_ && now_ns_ >= absence_.dial_ns()) Redial();
  return std::nullopt;
}

void Membership::LoseStream(Absence::Cause cause) {
  if (absence_.present()) {
    spdlog::warn("the stream to the coordinator is broken; dialling again");
  }
  stream_.reset();
  absence_.Begin(cause, now_ns_);
}

void Membership::Redial() {
  stream_.emplace(dial_(), options_.token, bell_);
  wire::WorkerMessage message;
  wire::Rejoin& rejoin = *message.mutable_rejoin();
  rejoin.set_protocol_version(kProtocolVersion);
  rejoin.set_member_key(member_key_);
  rejoin.set_extends(extends_);
  Send(std::move(message));
  if (!failure_.ok()) SendFailure();
  absence_.OnDialled(now_ns_);
}

void Membership::Send(wire::WorkerMessage message) {
  if (stream_) stream_->Send(std::move(message));
}

absl::Status Membership::Handle(const wire::CoordinatorMessage& message) {
  using Kind = wire::CoordinatorMessage::KindCase;
  switch (message.kind_case()) {
    case Kind::kWelcome:
      if (welcomed()) return OutOfOrder("Welcome");
      phase_ = Phase::kMember;
      member_key_ = message.welcome().member_key();
      Await("to hand out the shares", options_.patience.assignment);
      return absl::OkStatus();
    case Kind::kResume:
      return OnResume(message.resume());
    case Kind::kClockPing:
      OnPing(message.clock_ping());
      return absl::OkStatus();
    case Kind::kAssignment:
      return OnAssignment(message.assignment());
    case Kind::kPayloadChunk:
      return OnPayloadChunk(message.payload_chunk());
    case Kind::kStart:
      return OnStart(message.start());
    case Kind::kExtend:
      return OnExtend(message.extend());
    case Kind::kAck:
      return reporter_.outbox().OnAck(message.ack().reports());
    case Kind::kStop:
      OnStop(message.stop());
      return absl::OkStatus();
    case Kind::KIND_NOT_SET:
      break;
  }
  return OutOfOrder("an unknown message");
}

absl::Status Membership::OnResume(const wire::Resume& resume) {
  if (absence_.present()) return OutOfOrder("Resume");
  absence_.OnResumed();
  spdlog::info("back with the coordinator");
  if (departure_.leaving()) Send(departure_.Message());
  return reporter_.outbox().OnResume(resume.reports());
}

void Membership::OnPing(const wire::ClockPing& ping) {
  wire::WorkerMessage message;
  wire::ClockPong& pong = *message.mutable_clock_pong();
  pong.set_sent_ns(ping.sent_ns());
  pong.set_wall_unix_s(wall_.NowUnixS());
  pong.set_steady_ns(steady_.NowNs());
  Send(std::move(message));
  if (ping.lease_until_ns() == 0 || !engines_) return;
  engines_->SetSendUntil(ping.lease_until_ns());
}

absl::Status Membership::OnAssignment(const wire::Assignment& message) {
  if (phase_ != Phase::kMember) return OutOfOrder("Assignment");
  absl::StatusOr<Assignment> assignment = ReadAssignment(
      message, options_.threads, options_.file_limit, options_.allowed_hosts);
  if (!assignment.ok()) return assignment.status();
  std::string note;
  absl::StatusOr<TargetOptions> target =
      OwnTarget(assignment->plan, options_.target,
                LoadAwsSettings(options_.profile), note);
  if (!target.ok()) return target.status();
  if (!note.empty()) spdlog::warn("{}", note);
  assignment_ = *std::move(assignment);
  assignment_->engines.target = *std::move(target);
  assignment_->engines.pin = options_.pin;
  payloads_.emplace(message.plan(), assignment_->plan);
  phase_ = Phase::kPreparing;
  Await("to send the payloads", options_.patience.payload);
  return payloads_->complete() ? GetReady() : absl::OkStatus();
}

absl::Status Membership::OnPayloadChunk(const wire::PayloadChunk& chunk) {
  if (phase_ != Phase::kPreparing) return OutOfOrder("PayloadChunk");
  absl::Status status =
      payloads_->Append(chunk.payload_set(), chunk.body(), chunk.data());
  if (!status.ok()) return status;
  Await("to send the payloads", options_.patience.payload);
  return payloads_->complete() ? GetReady() : absl::OkStatus();
}

absl::Status Membership::GetReady() {
  // Gives up when the stream ends or the worker is stopped.
  const auto gives_up = [this] {
    return stream_->closed().has_value() || departure_.requested();
  };
  if (NeedsCredentials(assignment_->plan)) {
    auto found = FindOwnCredentials(options_, gives_up);
    if (departure_.requested()) return AskedToStop();
    if (!found.ok()) return found.status();
    credentials_ = *std::move(found);
  }
  assignment_->engines.give_up = gives_up;
  auto engines =
      EngineGroup::Create(assignment_->plan, assignment_->shares,
                          credentials_ ? &credentials_->cell() : nullptr,
                          queue_, steady_, wall_, assignment_->engines);
  if (departure_.requested()) return AskedToStop();
  if (!engines.ok()) return engines.status();
  engines_ = *std::move(engines);
  if (stop_) engines_->Stop(*stop_);
  phase_ = Phase::kReady;
  reporter_.Open(assignment_->plan, assignment_->record_ratio);
  wire::WorkerMessage ready;
  ready.mutable_ready();
  Send(std::move(ready));
  Await("to start", options_.patience.start);
  return absl::OkStatus();
}

absl::Status Membership::OnStart(const wire::Start& start) {
  if (!engines_) return OutOfOrder("Start");
  auto answer = start_.Take(start, steady_.NowNs(), began());
  if (!answer.ok()) return answer.status();
  Send(*std::move(answer));
  return absl::OkStatus();
}

absl::Status Membership::OnExtend(const wire::Extend& extend) {
  if (departure_.leaving()) return absl::OkStatus();  // it crosses our Leave
  if (!engines_ || !assignment_->engines.extensible ||
      extend.number() != extends_ + 1 || extend.from_ns() < 0) {
    return OutOfOrder("Extend");
  }
  std::vector<Share> shares;
  for (const wire::Share& wire_share : extend.shares()) {
    absl::StatusOr<Share> share = FromWire(wire_share, assignment_->plan);
    if (!share.ok()) return share.status();
    shares.push_back(*share);
  }
  ++extends_;
  engines_->Extend(shares, extend.from_ns());
  return absl::OkStatus();
}

void Membership::OnStop(const wire::Stop& stop) {
  if (engines_) {
    engines_->Stop(stop.now());
  } else {
    stop_ = stop.now();
  }
}

void Membership::BeginInTime() {
  // Once stopped there is nothing to wait for: report Done at once.
  if (!armed() || (now_ns_ < start_.BeginNs() && !engines_->stopped())) return;
  phase_ = Phase::kPlaying;
  patience_.Rest();  // the engines have their own deadline
  cpu_.Start();
  engines_->Start(*start_.at_ns(), [this] { bell_.Ring(); });
}

void Membership::QueueReports() {
  const bool is_due = now_ns_ >= next_progress_ns_;
  if (armed() && is_due) reporter_.QueueProgress({});
  if (phase_ != Phase::kPlaying) return;
  const bool ended = engines_->ended();
  if (ended && !patience_.awaits_anything()) AwaitEnd();
  // Read before Take: all calls that ended before it are in the queue by then.
  const ProgressInstant instant = {engines_->in_flight(),
                                   engines_->FlushedUntilNs()};
  reporter_.Take(queue_);
  if (ended || is_due) reporter_.QueueRecords();
  // While there is a backlog the counts add up here for some time.
  if (is_due && (!reporter_.outbox().spilled() ||
                 ++progress_held_ >= kMostProgressHeld)) {
    progress_held_ = 0;
    reporter_.QueueProgress(instant);
  }
  if (ended && QueueDone(instant)) phase_ = Phase::kDone;
}

void Membership::SendReports() {
  while (stream_ && absence_.present()) {
    auto next = reporter_.outbox().Next();
    if (!next.ok()) return Fail(next.status());
    if (!*next) break;
    GiveWay();
    Send(**std::move(next));
    GiveWay();
  }
}

// False without room: it is tried again, when some of the backlog has gone.
bool Membership::QueueDone(const ProgressInstant& instant) {
  WorkerDone done;
  engines_->FillReport(done);
  cpu_.Fill(done);
  if (done.lease_ended) played_ = LeaseEnded();
  return reporter_.QueueDone(std::move(done), instant);
}

void Membership::AwaitEnd() {
  if (departure_.leaving()) {
    return Await("to take back our later invocations", options_.patience.close);
  }
  // Others may have to play and drain to the plan's end.
  Await("to close the stream",
        absl::Seconds(assignment_->plan.duration_s) +
            std::min(absl::Nanoseconds(assignment_->engines.engine.drain_ns),
                     kMaxTimeout) +
            options_.patience.close);
}

}  // namespace invocator
