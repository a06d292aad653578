#include "worker/agent/membership.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/scheduling.h"
#include "common/process/log.h"
#include "common/wire/protocol.h"
#include "worker/agent/hello.h"
#include "worker/agent/stay_end.h"

namespace invocator {
namespace {

const int64_t kProgressPeriodNs = absl::ToInt64Nanoseconds(kProgressPeriod);
const int64_t kSilenceNs = absl::ToInt64Nanoseconds(kSilence);
// A turn this late means that the process stood still: silence meanwhile says
// nothing about the coordinator.
constexpr int64_t kStandstillNs = 500'000'000;

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
      departure_(stop_requests),
      player_(options, steady, wall, departure_, bell_) {}

int64_t Membership::NextLookNs() const {
  const int64_t next_ns =
      std::min({patience_.deadline_ns(), next_progress_ns_,
                now_ns_ + kRequestPeriodNs, player_.BeginNs()});
  return stream_ ? next_ns : std::min(next_ns, absence_.dial_ns());
}

void Membership::Fail(absl::Status status) {
  player_.Stop(/*now=*/true);
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
      TendPlayer();
      SendReports();
    }
    if (now_ns_ >= next_progress_ns_) {
      next_progress_ns_ = now_ns_ + kProgressPeriodNs;
    }
    if (patience_.IsOver(now_ns_)) {
      if (!failure_.ok()) return AfterFailure(patience_.Error());
      return absence_.present() ? patience_.Error()
                                : CoordinatorGone(player_.outbox().size());
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
    if (player_.playing()) {
      Leave();
    } else if (!player_.done() && failure_.ok()) {
      Log().info("asked to stop: leaving before the start");
      Fail(AskedToStop());
    }
    if (wish == Departure::Wish::kEnd) Hurry();
  }
  // The coordinator has all reports, and keeps us only for the other workers.
  if (departure_.requested() && !departure_.leaving() && player_.done() &&
      player_.outbox().empty()) {
    return player_.played();
  }
  return std::nullopt;
}

absl::Status Membership::AfterFailure(const absl::Status& closed) const {
  const bool left = departure_.requested() && absl::IsCancelled(failure_);
  return left && player_.assigned() && !closed.ok() ? NotReplaced() : failure_;
}

void Membership::Leave() {
  if (departure_.leaving()) return;
  const int64_t from_ns = player_.Leave();
  departure_.Leave(from_ns, player_.extends());
  Log().warn(
      "asked to stop: leaving at {:.1f} s; later invocations go back to the "
      "coordinator, calls in flight have 8 s to end (ask again to end at "
      "once)",
      static_cast<double>(from_ns) / 1e9);
  if (absence_.present()) Send(departure_.Message());
}

void Membership::Hurry() {
  player_.Stop(/*now=*/true);
  patience_.Limit("to close the stream", kHurry, now_ns_);
}

std::optional<absl::Status> Membership::TendStream() {
  if (!stream_) return TendAbsence();
  if (const std::optional<absl::Status> closed = stream_->closed()) {
    if (auto end = OnClosed(*closed)) return end;
  } else if (absence_.ResumeIsLate(now_ns_)) {
    LoseStream(Absence::Cause::kNoResume);
  } else if (absence_.present() && player_.MayPlayAlone() && failure_.ok() &&
             now_ns_ - heard_ns_ > kSilenceNs) {
    LoseStream(Absence::Cause::kSilent);
  }
  return TendAbsence();
}

std::optional<absl::Status> Membership::OnClosed(const absl::Status& closed) {
  if (!failure_.ok()) return AfterFailure(closed);
  if (closed.ok() && player_.done()) return player_.played();
  if (closed.ok()) {
    return EndedEarly(player_.assigned());
  }
  if (!absl::IsUnavailable(closed) || !player_.MayPlayAlone()) return closed;
  // The coordinator has all reports, but its status tells whether others play
  // our remaining share.
  if (player_.done() && player_.outbox().empty() && !departure_.leaving()) {
    return player_.played();
  }
  LoseStream(Absence::Cause::kBroken);
  return std::nullopt;
}

std::optional<absl::Status> Membership::TendAbsence() {
  if (absence_.IsForEver(now_ns_)) {
    return CoordinatorGone(player_.outbox().size());
  }
  if (!stream_ && now_ns_ >= absence_.dial_ns()) Redial();
  return std::nullopt;
}

void Membership::LoseStream(Absence::Cause cause) {
  if (absence_.present()) {
    Log().warn("the stream to the coordinator is broken; dialling again");
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
  rejoin.set_extends(player_.extends());
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
      welcomed_ = true;
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
      return OnChunk(message.payload_chunk());
    case Kind::kTapeChunk:
      return OnChunk(message.tape_chunk());
    case Kind::kStart:
      return OnStart(message.start());
    case Kind::kExtend:
      return player_.Extend(message.extend());
    case Kind::kAck:
      return player_.outbox().OnAck(message.ack().reports());
    case Kind::kStop:
      return player_.Stop(message.stop());
    case Kind::KIND_NOT_SET:
      break;
  }
  return OutOfOrder("an unknown message");
}

absl::Status Membership::OnResume(const wire::Resume& resume) {
  if (absence_.present()) return OutOfOrder("Resume");
  absence_.OnResumed();
  Log().info("back with the coordinator");
  if (departure_.leaving()) Send(departure_.Message());
  return player_.outbox().OnResume(resume.reports());
}

void Membership::OnPing(const wire::ClockPing& ping) {
  wire::WorkerMessage message;
  wire::ClockPong& pong = *message.mutable_clock_pong();
  pong.set_sent_ns(ping.sent_ns());
  pong.set_wall_unix_s(wall_.NowUnixS());
  pong.set_steady_ns(steady_.NowNs());
  Send(std::move(message));
  if (ping.lease_until_ns() == 0) return;
  player_.SetSendUntil(ping.lease_until_ns());
}

absl::Status Membership::OnAssignment(const wire::Assignment& message) {
  if (!welcomed_) return OutOfOrder("Assignment");
  absl::Status status = player_.Assign(message);
  return status.ok() ? AwaitChunks() : status;
}

template <typename Chunk>
absl::Status Membership::OnChunk(const Chunk& chunk) {
  absl::Status status = player_.Append(chunk);
  return status.ok() ? AwaitChunks() : status;
}

absl::Status Membership::AwaitChunks() {
  Await("to send payloads and timestamps", options_.patience.chunk);
  if (!player_.complete()) return absl::OkStatus();
  absl::Status status =
      player_.GetReady([this] { return stream_->closed().has_value(); });
  if (!status.ok()) return status;
  wire::WorkerMessage ready;
  ready.mutable_ready();
  Send(std::move(ready));
  Await("to start", options_.patience.start);
  return absl::OkStatus();
}

absl::Status Membership::OnStart(const wire::Start& start) {
  auto answer = player_.TakeStart(start);
  if (!answer.ok()) return answer.status();
  Send(*std::move(answer));
  return absl::OkStatus();
}

void Membership::TendPlayer() {
  // The engines have their own deadline.
  if (player_.BeginInTime(now_ns_)) patience_.Rest();
  player_.QueueReports(/*is_due=*/now_ns_ >= next_progress_ns_);
  if (player_.ended() && !patience_.awaits_anything()) AwaitEnd();
}

void Membership::SendReports() {
  while (stream_ && absence_.present()) {
    auto next = player_.outbox().Next();
    if (!next.ok()) return Fail(next.status());
    if (!*next) break;
    GiveWay();
    Send(**std::move(next));
    GiveWay();
  }
}

void Membership::AwaitEnd() {
  if (departure_.leaving()) {
    return Await("to take back our later invocations", options_.patience.close);
  }
  // Others may have to play and drain to the plan's end.
  Await("to close the stream", player_.LongestPlay() + options_.patience.close);
}

}  // namespace invocator
