#include "coordinator/conductor/conductor.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/log.h"
#include "common/wire/protocol.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/fleet/dismissal.h"

namespace invocator {
namespace {

constexpr int64_t kTickNs = 100'000'000;
constexpr int64_t kShippingTickNs = 5'000'000;
constexpr int64_t kTendPeriodNs = 50'000'000;
constexpr int64_t kPingTimeoutNs = 10'000'000'000;

absl::Status OutOfOrder() {
  return absl::InvalidArgumentError("sent a message out of order");
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
      departures_(fleet, roster_, heartbeat_, losses_),
      pings_(fleet, clock, roster_),
      agreement_(fleet, clock, roster_, heartbeat_, losses_),
      stop_(fleet, clock, roster_, losses_),
      collector_(fleet, clock, roster_, losses_, stop_),
      tick_ns_(kTickNs) {}

bool Conductor::All(absl::FunctionRef<bool(const RunWorker&)> holds) const {
  return std::all_of(workers().begin(), workers().end(), holds);
}

absl::Status Conductor::AllLost() const {
  if (!All([](const RunWorker& w) { return w.lost(); })) {
    return absl::OkStatus();
  }
  return workers().empty() ? absl::OkStatus() : workers().front().loss.why;
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
    } else if (!ending_ && !losses_.aborted().ok()) {
      return losses_.aborted();
    }
  }
  return absl::OkStatus();
}

absl::Status Conductor::Handle(const Fleet::Event& event) {
  const std::optional<size_t> index = roster_.BySession(event.session);
  if (!index) {
    if (event.message) {
      admission_.Greet(event.session, *event.message, stop_.given());
    }
    return absl::OkStatus();
  }
  if (!event.message) {
    OnStreamEnd(*index);
    return absl::OkStatus();
  }
  RunWorker& worker = roster_[*index];
  absl::Status status = HandleInRun(worker, event);
  if (status.ok()) return status;
  absl::Status told(status.code(),
                    absl::StrCat("worker ", worker.name,
                                 absl::IsInvalidArgument(status) ? " " : ": ",
                                 status.message()));
  const bool failed = event.message->has_failure();
  if (phase_ == Phase::kGathering) {
    Log().info("{} ({} of {} now)", std::string(told.message()),
               roster_.size() - 1, admission_.wanted());
    fleet_.End(event.session, told);
    roster_.Remove(*index);
    return absl::OkStatus();
  }
  if (failed) departures_.OnFailure(worker, event.received_ns);
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
      if (!worker.assigned() || worker.ready()) break;
      worker.stage = RunWorker::Stage::kReady;
      return absl::OkStatus();
    case Kind::kStartArmed:
      return agreement_.OnArmed(worker, message.start_armed());
    case Kind::kStartMissed:
      return agreement_.OnMissed(worker, message.start_missed());
    case Kind::kReport:
      return collector_.Take(worker, message.report(), RunNs());
    case Kind::kLeave:
      return departures_.Take(worker, message.leave(), begun_,
                              event.received_ns - agreement_.start_ns());
    case Kind::kFailure:
      // A code of 0 would make the failure a success.
      return absl::Status(
          message.failure().code() == 0
              ? absl::StatusCode::kUnknown
              : static_cast<absl::StatusCode>(message.failure().code()),
          CleanLine(message.failure().message(), kMaxQuotedText));
    default:
      break;
  }
  return OutOfOrder();
}

void Conductor::OnPong(RunWorker& worker, const wire::ClockPong& pong,
                       int64_t received_ns) {
  pings_.Take(worker, pong, received_ns);
  if (phase_ == Phase::kPlaying) {
    heartbeat_.Watch(worker.member_key, worker.session, worker.clock.best());
  } else {
    pings_.GoOn(worker);
  }
}

void Conductor::OnStreamEnd(size_t index) {
  RunWorker& worker = roster_[index];
  if (phase_ == Phase::kGathering) {
    Log().info("worker {} has left ({} of {} now)", worker.name,
               roster_.size() - 1, admission_.wanted());
    roster_.Remove(index);
    return;
  }
  roster_.Move(index, std::nullopt);
  heartbeat_.Watch(worker.member_key, std::nullopt, worker.clock.best());
  if (worker.over()) return;
  if (!worker.started() || !options_.leases) {
    losses_.Lose(worker,
                 absl::UnavailableError(
                     absl::StrCat("worker ", worker.name, " was lost")),
                 /*for_good=*/true);
  } else {
    Log().warn("worker {}'s stream is broken; it may come back", worker.name);
  }
}

void Conductor::Tend() {
  const int64_t now_ns = clock_.NowNs();
  if (now_ns < next_tend_ns_) return;
  next_tend_ns_ = now_ns + kTendPeriodNs;
  fleet_.EndLate(now_ns - absl::ToInt64Nanoseconds(kHelloDeadline));
  losses_.Tend();
  departures_.LetGo();
  collector_.SendAcks();
  for (size_t i = 0; begun_ && i < roster_.size(); ++i) {
    if (roster_[i].lost()) sink_->OnLost(i);
  }
  if (begun_ && interrupts_() > interrupts_heeded_) {
    interrupts_heeded_ = interrupts_();
    stop_.Give(interrupts_heeded_ > 1);
    sink_->OnStop(interrupts_heeded_ > 1);
  }
  const auto is_silent = [&](size_t worker) {
    return roster_[worker].over() || roster_[worker].lost();
  };
  if (begun_ && !stop_.given()) {
    if (sink_->WantsStop(is_silent)) {
      stop_.Give(/*now=*/false);
    } else if (const auto from_ns = sink_->WantsStopFrom(RunNs(), is_silent)) {
      stop_.GiveFrom(*from_ns);
    }
  }
  if (begun_ && !losses_.aborted().ok()) stop_.Give(/*now=*/true);
  stop_.Enforce(now_ns);
}

absl::Status Conductor::Gather(size_t count, absl::Duration timeout) {
  admission_.Open(count);
  const int64_t deadline_ns =
      clock_.NowNs() + absl::ToInt64Nanoseconds(timeout);
  return Until([&] { return roster_.size() >= count; }, deadline_ns,
               Counted(count, "worker") + " to join",
               /*may_be_interrupted=*/true);
}

absl::Status Conductor::Prepare(
    const Plan& plan, const std::vector<std::vector<Share>>& partition,
    const RunSettings& settings, absl::Duration timeout) {
  phase_ = Phase::kPreparing;
  admission_.Close();
  RunSettings all_settings = settings;
  all_settings.extensible = options_.on_worker_loss == OnWorkerLoss::kReplan;
  Preparation preparation(fleet_, roster_, plan, all_settings);
  absl::Status status = preparation.Divide(partition);
  if (status.ok()) status = HandOut(preparation, timeout);
  if (status.ok()) status = MeasureClocks();
  if (!status.ok()) return status;
  losses_.BeginPlaying(plan, absl::Nanoseconds(settings.drain_ns));
  return absl::OkStatus();
}

absl::Status Conductor::HandOut(Preparation& preparation,
                                absl::Duration timeout) {
  tick_ns_ = kShippingTickNs;
  absl::Status sent;
  const absl::Status status = Until(
      [&] {
        const int64_t now_ns = clock_.NowNs();
        sent = preparation.Pump(now_ns);
        if (!sent.ok()) return true;
        for (size_t index : preparation.TakeStalled(now_ns)) {
          losses_.Lose(roster_[index],
                       absl::DeadlineExceededError(
                           absl::StrCat("worker ", roster_[index].name,
                                        " takes nothing of what it is sent")),
                       /*for_good=*/true);
        }
        return All([](const RunWorker& w) { return w.ready() || w.lost(); });
      },
      clock_.NowNs() + absl::ToInt64Nanoseconds(timeout),
      "workers to get ready", /*may_be_interrupted=*/true);
  tick_ns_ = kTickNs;
  if (!sent.ok()) return sent;
  return LoseThose([](const RunWorker& w) { return !w.ready(); }, status);
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
  pings_.Begin();
  const absl::Status status = Until(
      [&] {
        return All([](const RunWorker& w) {
          return w.lost() || ClockPings::IsMeasured(w);
        });
      },
      clock_.NowNs() + kPingTimeoutNs, "workers to answer",
      /*may_be_interrupted=*/true);
  return LoseThose(
      [](const RunWorker& w) { return !ClockPings::IsMeasured(w); }, status);
}

absl::Status Conductor::AgreeOnStart() {
  agreement_.Begin();
  while (true) {
    absl::Status status =
        Until([&] { return agreement_.answered(); }, agreement_.settled_ns(),
              "workers to take the start", /*may_be_interrupted=*/true);
    if (!status.ok() && !absl::IsDeadlineExceeded(status)) return status;
    if (absl::Status lost = AllLost(); !lost.ok()) return lost;
    if (agreement_.Conclude()) return AllLost();
  }
}

void Conductor::EndAtOnce() {
  ending_ = true;
  if (!begun_) stop_.LoseUnreachable();
  stop_.Give(/*now=*/true);
  // Whoever does not end in time is lost: nobody is waited for longer.
  Until([&] { return All([](const RunWorker& w) { return !w.MayYetSend(); }); },
        clock_.NowNs() + 2 * StopOrder::kPatienceNs, "workers to stop",
        /*may_be_interrupted=*/false)
      .IgnoreError();
}

void Conductor::Dismiss(const absl::Status& reason) {
  departures_.LetGo();
  for (RunWorker& worker : roster_.workers()) {
    if (!worker.done) continue;
    invocator::Dismiss(fleet_, roster_, heartbeat_, worker, absl::OkStatus());
  }
  fleet_.Close(ForGood(reason));
}

absl::Status Conductor::Play(absl::Duration longest, ResultSink& sink) {
  phase_ = Phase::kPlaying;
  sink_ = &sink;
  collector_.Open(sink);
  departures_.Open(sink);
  absl::Status status = AgreeOnStart();
  begun_ = status.ok();
  if (begun_) {
    status =
        Until([&] { return All([](const RunWorker& w) { return w.over(); }); },
              agreement_.start_ns() + absl::ToInt64Nanoseconds(longest),
              "workers to end",
              /*may_be_interrupted=*/false);
  }
  if (!status.ok()) {
    EndAtOnce();
    stop_.CutRest();
    return status;
  }
  stop_.CutRest();
  return All([](const RunWorker& w) { return w.done.has_value(); })
             ? absl::OkStatus()
             : AllLost();
}

}  // namespace invocator
