#include "coordinator/conductor.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/plan_codec.h"
#include "common/protocol.h"
#include "coordinator/payload_shipper.h"
#include "spdlog/spdlog.h"

namespace invocator {
namespace {

constexpr int64_t kTickNs = 100'000'000;
constexpr int64_t kShippingTickNs = 5'000'000;
constexpr int64_t kTendPeriodNs = 50'000'000;
constexpr int kPings = ClockSync::kWindow;
constexpr int64_t kPingTimeoutNs = 10'000'000'000;
// From the decision to start to the start: enough for a message to every worker
// and for its engines to wake.
constexpr int64_t kStartLeadNs = 150'000'000;
constexpr int64_t kMaxStartLeadNs = 10'000'000'000;
constexpr int kMaxStarts = 6;
constexpr int64_t kMostClockErrorNs = 60'000'000'000;
constexpr int kMostEngines = 4096;
// Of a share in an Assignment, tag and length included.
constexpr size_t kMaxShareBytes = 32;
constexpr int64_t kStopNowPatienceNs = 1'000'000'000;
// API Gateway takes signatures up to 5 minutes old (AWS-FACTS 1.12).
constexpr int64_t kMaxWallOffsetS = 60;
absl::Status OutOfOrder() {
  return absl::InvalidArgumentError("sent a message out of order");
}

// Whether this can be what came of a run that began so long ago.
bool IsSane(const wire::Done& done, int64_t run_ns) {
  const int64_t limit_ns = run_ns + kMostClockErrorNs;
  for (int64_t ns :
       {done.start_error_ns(), done.last_sent_ns(), done.ended_ns()}) {
    if (ns < 0 || ns > limit_ns) return false;
  }
  return std::isfinite(done.cpu_s()) && done.engines_size() <= kMostEngines &&
         std::all_of(done.engines().begin(), done.engines().end(),
                     [](const wire::EngineReport& engine) {
                       return std::isfinite(engine.busy_ratio()) &&
                              std::isfinite(engine.at_limit_s());
                     });
}

}  // namespace

Conductor::Conductor(Fleet& fleet, const SteadyClock& clock,
                     std::function<int()> interrupts,
                     const ConductorOptions& options)
    : fleet_(fleet),
      clock_(clock),
      interrupts_(std::move(interrupts)),
      options_(options),
      heartbeat_(fleet, clock, options.leases),
      admission_(fleet, roster_, heartbeat_, options.leases.has_value()),
      losses_(fleet, clock, roster_, heartbeat_, options.on_worker_loss,
              options.leases),
      tick_ns_(kTickNs) {}

bool Conductor::All(absl::FunctionRef<bool(const RunWorker&)> holds) const {
  return std::all_of(workers().begin(), workers().end(), holds);
}

absl::Status Conductor::AllLost() const {
  if (!All([](const RunWorker& w) { return w.lost(); })) {
    return absl::OkStatus();
  }
  return workers().empty() ? absl::OkStatus() : workers().front().loss;
}

absl::Status Conductor::Until(absl::FunctionRef<bool()> done,
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
        std::chrono::nanoseconds(std::min(tick_ns_, deadline_ns - now_ns)));
    if (event) {
      if (absl::Status status = Handle(*event); !status.ok()) return status;
    }
    Tend();
    if (begun_) {
      sink_->OnTick(static_cast<double>(RunNs()) / 1e9);
    } else if (!losses_.aborted().ok()) {
      return losses_.aborted();
    }
  }
  return absl::OkStatus();
}

absl::Status Conductor::Handle(const Fleet::Event& event) {
  const std::optional<size_t> index = roster_.BySession(event.session);
  if (!index) {
    if (event.message) {
      admission_.Greet(event.session, *event.message, stop_sent_);
    }
    return absl::OkStatus();
  }
  if (!event.message) {
    OnStreamEnd(*index);
    return absl::OkStatus();
  }
  RunWorker& worker = roster_[*index];
  const absl::Status status = HandleInRun(worker, event);
  if (status.ok()) return status;
  const absl::Status told(
      status.code(), absl::StrCat("worker ", worker.name,
                                  absl::IsInvalidArgument(status) ? " " : ": ",
                                  status.message()));
  const bool failed = event.message->has_failure();
  if (phase_ == Phase::kGathering) {
    spdlog::info("{} ({} of {} now)", std::string(told.message()),
                 roster_.size() - 1, admission_.wanted());
    fleet_.End(event.session, told);
    roster_.Remove(*index);
    return absl::OkStatus();
  }
  // What is wrong with a share is wrong with the run, as long as nothing was
  // sent; that somebody stopped the worker is not.
  if (failed && phase_ == Phase::kPreparing && !absl::IsCancelled(status)) {
    return told;
  }
  losses_.Lose(worker, told, /*for_good=*/true);
  return absl::OkStatus();
}

absl::Status Conductor::HandleInRun(RunWorker& worker,
                                    const Fleet::Event& event) {
  const wire::WorkerMessage& message = *event.message;
  using Kind = wire::WorkerMessage::KindCase;
  switch (message.kind_case()) {
    case Kind::kClockPong:
      OnPong(worker, message.clock_pong(), event.received_ns);
      return absl::OkStatus();
    case Kind::kReady:
      if (!worker.assigned || worker.ready) break;
      worker.ready = true;
      return absl::OkStatus();
    case Kind::kStartArmed:
      if (!worker.started) break;
      worker.armed = true;
      return absl::OkStatus();
    case Kind::kStartMissed:
      if (!worker.started || worker.done) break;
      if (message.start_missed().begun()) {
        return absl::AbortedError("has begun at a start that was taken back");
      }
      worker.missed = true;
      spdlog::warn("worker {} got the start {:.1f} ms too late", worker.name,
                   static_cast<double>(message.start_missed().late_ns()) / 1e6);
      return absl::OkStatus();
    case Kind::kReport:
      if (sink_ == nullptr || worker.done) break;
      return OnReport(worker, message.report());
    case Kind::kFailure:
      // A code of 0 would make the failure a success.
      return absl::Status(
          message.failure().code() == 0
              ? absl::StatusCode::kUnknown
              : static_cast<absl::StatusCode>(message.failure().code()),
          message.failure().message());
    default:
      break;
  }
  return OutOfOrder();
}

void Conductor::OnPong(RunWorker& worker, const wire::ClockPong& pong,
                       int64_t received_ns) {
  worker.clock.AddSample(pong.sent_ns(), received_ns, pong.steady_ns());
  const int64_t ours_s = absl::ToUnixSeconds(absl::Now());
  if (pong.wall_unix_s() > 0 && worker.wall_offset_s == 0 &&
      std::abs(pong.wall_unix_s() - ours_s) > kMaxWallOffsetS) {
    worker.wall_offset_s = pong.wall_unix_s() - ours_s;
    spdlog::warn(
        "worker {}'s wall clock is {} s {} ours: AWS refuses signatures that "
        "are 5 minutes off",
        worker.name, std::abs(worker.wall_offset_s),
        worker.wall_offset_s > 0 ? "ahead of" : "behind");
  }
  if (phase_ == Phase::kPlaying) {
    heartbeat_.Watch(worker.member_key, worker.session, worker.clock.best());
  } else if (worker.clock.samples() < kPings) {
    SendPing(worker);
  }
}

absl::Status Conductor::OnReport(RunWorker& worker,
                                 const wire::Report& report) {
  if (report.number() != worker.reports + 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "sent report ", report.number(), ", expected ", worker.reports + 1));
  }
  const size_t index = roster_.IndexOf(worker);
  switch (report.kind_case()) {
    case wire::Report::kProgress: {
      absl::Status status = sink_->OnProgress(index, report.progress());
      if (!status.ok()) return status;
      break;
    }
    case wire::Report::kRecords: {
      absl::Status status = sink_->OnRecords(index, report.records());
      if (!status.ok()) return status;
      break;
    }
    case wire::Report::kDone:
      if (!IsSane(report.done(), RunNs())) {
        return absl::InvalidArgumentError("sent numbers that cannot be");
      }
      worker.done = report.done();
      if (worker.done->lease_ended() && !worker.lost()) {
        losses_.Lose(worker,
                     absl::UnavailableError(absl::StrCat(
                         "worker ", worker.name,
                         " stopped when its lease ended, which was not renewed "
                         "in time")),
                     /*for_good=*/false);
      }
      break;
    case wire::Report::KIND_NOT_SET:
      return OutOfOrder();
  }
  worker.reports = report.number();
  worker.reported_ns = clock_.NowNs();
  return absl::OkStatus();
}

void Conductor::OnStreamEnd(size_t index) {
  RunWorker& worker = roster_[index];
  if (phase_ == Phase::kGathering) {
    spdlog::info("worker {} has left ({} of {} now)", worker.name,
                 roster_.size() - 1, admission_.wanted());
    roster_.Remove(index);
    return;
  }
  roster_.Move(index, std::nullopt);
  heartbeat_.Watch(worker.member_key, std::nullopt, worker.clock.best());
  if (worker.over()) return;
  if (!worker.started || !options_.leases) {
    losses_.Lose(worker,
                 absl::UnavailableError(
                     absl::StrCat("worker ", worker.name, " was lost")),
                 /*for_good=*/true);
  } else {
    spdlog::warn("worker {}'s stream is broken; it may come back", worker.name);
  }
}

void Conductor::Tend() {
  const int64_t now_ns = clock_.NowNs();
  if (now_ns < next_tend_ns_) return;
  next_tend_ns_ = now_ns + kTendPeriodNs;
  fleet_.EndMute(now_ns - absl::ToInt64Nanoseconds(kHelloDeadline));
  losses_.Tend();
  SendAcks();
  if (begun_ && interrupted()) SendStop(interrupts_() > 1);
  if (begun_ && sink_->wants_stop()) SendStop(/*now=*/false);
  if (begun_ && !losses_.aborted().ok()) SendStop(/*now=*/true);
  if (!stop_now_ns_) return;
  // Whoever is to end at once and cannot be told, or does not, is let go.
  const bool may_yet_end = now_ns < *stop_now_ns_ + kStopNowPatienceNs;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.over() || (worker.session && may_yet_end)) continue;
    losses_.Lose(worker,
                 absl::UnavailableError(absl::StrCat(
                     "worker ", worker.name, " did not say how it ended")),
                 /*for_good=*/true);
  }
}

void Conductor::SendAcks() {
  for (RunWorker& worker : roster_.workers()) {
    if (!worker.session || worker.acked == worker.reports) continue;
    worker.acked = worker.reports;
    wire::CoordinatorMessage message;
    message.mutable_ack()->set_reports(worker.acked);
    fleet_.Send(*worker.session, std::move(message));
  }
}

void Conductor::SendStop(bool now) {
  if (stop_sent_ && *stop_sent_ >= now) return;
  stop_sent_ = now;
  losses_.EndReplanning();
  if (now) stop_now_ns_ = clock_.NowNs();
  wire::CoordinatorMessage stop;
  stop.mutable_stop()->set_now(now);
  for (const RunWorker& worker : workers()) {
    if (worker.session) fleet_.Send(*worker.session, stop);
  }
  if (interrupted()) sink_->OnStop(now);
}

absl::Status Conductor::Gather(size_t count, absl::Duration timeout) {
  admission_.Open(count);
  const int64_t deadline_ns =
      clock_.NowNs() + absl::ToInt64Nanoseconds(timeout);
  return Until([&] { return roster_.size() >= count; }, deadline_ns,
               absl::StrCat(count, " workers to join"),
               /*may_be_interrupted=*/true);
}

absl::Status Conductor::Prepare(
    const Plan& plan, const std::vector<std::vector<Share>>& partition,
    const wire::RunSettings& settings, absl::Duration timeout) {
  phase_ = Phase::kPreparing;
  admission_.Close();
  wire::CoordinatorMessage common;
  *common.mutable_assignment()->mutable_plan() = ToWire(plan);
  *common.mutable_assignment()->mutable_settings() = settings;
  common.mutable_assignment()->mutable_settings()->set_extensible(
      options_.on_worker_loss == OnWorkerLoss::kReplan);
  for (size_t i = 0; i < roster_.size(); ++i) {
    roster_[i].pieces = {{partition[i]}};
    const size_t bytes =
        common.ByteSizeLong() + partition[i].size() * kMaxShareBytes;
    if (bytes > static_cast<size_t>(kMaxMessageBytes)) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "the plan, without its payloads, takes ", bytes,
          " bytes to send to a worker, more than ", kMaxMessageBytes));
    }
  }
  // Assignments wait to be sent as payloads do: not all at once.
  PayloadShipper payloads(fleet_, plan);
  size_t next = 0;
  tick_ns_ = kShippingTickNs;
  absl::Status status = Until(
      [&] {
        payloads.Pump();
        while (next < roster_.size() && payloads.has_room()) {
          Assign(roster_[next++], common, payloads);
        }
        return All([](const RunWorker& w) { return w.ready || w.lost(); });
      },
      clock_.NowNs() + absl::ToInt64Nanoseconds(timeout),
      "workers to get ready", /*may_be_interrupted=*/true);
  tick_ns_ = kTickNs;
  status = LoseThose([](const RunWorker& w) { return !w.ready; }, status);
  if (status.ok()) status = MeasureClocks();
  if (!status.ok()) return status;
  losses_.BeginPlaying(plan);
  return absl::OkStatus();
}

void Conductor::Assign(RunWorker& worker, const wire::CoordinatorMessage& plan,
                       PayloadShipper& payloads) {
  if (!worker.session) return;  // it is lost
  wire::CoordinatorMessage assignment = plan;
  for (const Share& share : worker.pieces.front().shares) {
    *assignment.mutable_assignment()->add_shares() = ToWire(share);
  }
  worker.assigned = true;
  payloads.AddReceiver(*worker.session, assignment.ByteSizeLong());
  fleet_.Send(*worker.session, std::move(assignment));
}

absl::Status Conductor::LoseThose(
    absl::FunctionRef<bool(const RunWorker&)> late, const absl::Status& why) {
  if (absl::IsDeadlineExceeded(why)) {
    for (RunWorker& worker : roster_.workers()) {
      if (worker.lost() || !late(worker)) continue;
      losses_.Lose(worker,
                   absl::DeadlineExceededError(
                       absl::StrCat(why.message(), ": worker ", worker.name)),
                   /*for_good=*/true);
    }
  } else if (!why.ok()) {
    return why;
  }
  return losses_.aborted().ok() ? AllLost() : losses_.aborted();
}

absl::Status Conductor::MeasureClocks() {
  // To every worker one ping after the other: a queue of them would measure
  // itself.
  for (RunWorker& worker : roster_.workers()) {
    if (!worker.lost()) SendPing(worker);
  }
  const auto is_measured = [](const RunWorker& w) {
    return w.clock.samples() >= kPings;
  };
  const absl::Status status = Until(
      [&] {
        return All(
            [&](const RunWorker& w) { return w.lost() || is_measured(w); });
      },
      clock_.NowNs() + kPingTimeoutNs, "workers to answer",
      /*may_be_interrupted=*/true);
  return LoseThose([&](const RunWorker& w) { return !is_measured(w); }, status);
}

void Conductor::SendPing(const RunWorker& worker) {
  if (!worker.session) return;
  wire::CoordinatorMessage ping;
  ping.mutable_clock_ping()->set_sent_ns(clock_.NowNs());
  fleet_.Send(*worker.session, std::move(ping));
}

void Conductor::SendStarts(int64_t lead_ns) {
  heartbeat_.Beat();  // a lease comes before the start
  start_ns_ = clock_.NowNs() + lead_ns;
  losses_.SetStart(start_ns_);
  for (RunWorker& worker : roster_.workers()) {
    if (worker.lost()) continue;
    if (!std::exchange(worker.started, true)) worker.begins_ns = start_ns_;
    worker.armed = false;
    worker.missed = false;
    if (!worker.session) continue;
    wire::CoordinatorMessage start;
    start.mutable_start()->set_steady_ns(
        worker.clock.marked().ToWorker(start_ns_));
    fleet_.Send(*worker.session, std::move(start));
  }
}

absl::Status Conductor::AgreeOnStart() {
  int64_t round_trip_ns = 0;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.lost()) continue;
    worker.clock.Mark();
    round_trip_ns =
        std::max(round_trip_ns, worker.clock.marked().round_trip_ns);
    heartbeat_.Watch(worker.member_key, worker.session, worker.clock.marked());
  }
  int64_t lead_ns = kStartLeadNs + 4 * round_trip_ns;
  for (int attempt = 0; attempt < kMaxStarts; ++attempt, lead_ns *= 2) {
    lead_ns = std::min(lead_ns, kMaxStartLeadNs);
    SendStarts(lead_ns);
    // Engines begin a moment before the start: until then it can be moved.
    const int64_t settled_ns = start_ns_ -
                               absl::ToInt64Nanoseconds(kEngineLead) -
                               std::min(round_trip_ns, lead_ns / 4);
    const absl::Status status = Until(
        [&] {
          return All([](const RunWorker& w) {
            return w.armed || w.missed || w.lost();
          });
        },
        settled_ns, "workers to take the start",
        /*may_be_interrupted=*/false);
    if (!status.ok() && !absl::IsDeadlineExceeded(status)) return status;
    if (absl::Status lost = AllLost(); !lost.ok()) return lost;
    if (All([](const RunWorker& w) { return w.armed || w.lost(); })) {
      for (RunWorker& worker : roster_.workers()) {
        if (worker.armed) worker.begins_ns = start_ns_;
      }
      return absl::OkStatus();
    }
    // Who is not there to be told of another start would begin at this one.
    for (RunWorker& worker : roster_.workers()) {
      if (worker.session || worker.lost()) continue;
      losses_.Lose(worker,
                   absl::UnavailableError(absl::StrCat(
                       "worker ", worker.name, " was lost at the start")),
                   /*for_good=*/true);
    }
    if (attempt + 1 < kMaxStarts) spdlog::warn("starting anew");
  }
  return absl::DeadlineExceededError(absl::StrCat(
      "some workers missed ", kMaxStarts, " starts, the last of them ",
      absl::FormatDuration(absl::Nanoseconds(lead_ns / 2)), " ahead"));
}

absl::Status Conductor::Play(absl::Duration longest, ResultSink& sink) {
  phase_ = Phase::kPlaying;
  sink_ = &sink;
  absl::Status status = AgreeOnStart();
  begun_ = status.ok();
  if (!begun_) return status;
  status =
      Until([&] { return All([](const RunWorker& w) { return w.over(); }); },
            start_ns_ + absl::ToInt64Nanoseconds(longest), "workers to end",
            /*may_be_interrupted=*/false);
  if (!status.ok()) return status;
  return All([](const RunWorker& w) { return w.done.has_value(); })
             ? absl::OkStatus()
             : AllLost();
}

}  // namespace invocator
