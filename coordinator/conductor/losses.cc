#include "coordinator/conductor/losses.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/plan/piece.h"
#include "common/plan/version_group.h"
#include "common/process/log.h"
#include "common/wire/assignment_codec.h"
#include "coordinator/fleet/dismissal.h"

namespace invocator {
namespace {

// Past a lease's end, for clocks that drift within it.
constexpr int64_t kLeaseMarginNs = 200'000'000;
// A worker's clock drifts from ours by less than one part in so many.
constexpr int64_t kMostDrift = 1'000;
// From the decision to replan to the first invocation that moves.
constexpr int64_t kReplanLeadNs = 200'000'000;
constexpr int64_t kNsPerMs = 1'000'000;
// If two checks are this far apart, this process stood still, and messages
// missing since then say nothing about the workers.
constexpr int64_t kStandstillNs = 500'000'000;

// "worker b plays", "the other 3 workers play"
std::string HeirsPlay(const std::vector<RunWorker*>& heirs) {
  return heirs.size() == 1
             ? absl::StrCat("worker ", heirs[0]->name, " plays")
             : absl::StrCat("the other ", heirs.size(), " workers play");
}

}  // namespace

Losses::Losses(Fleet& fleet, const SteadyClock& clock, Roster& roster,
               Heartbeat& heartbeat, OnWorkerLoss policy,
               const std::optional<LeaseTerms>& leases)
    : fleet_(fleet),
      clock_(clock),
      roster_(roster),
      heartbeat_(heartbeat),
      policy_(policy),
      leases_(leases) {}

void Losses::BeginPlaying(const Plan& plan, absl::Duration drain) {
  playing_ = true;
  blocking_ = plan.blocking;
  end_ns_ = plan.duration_s * 1e9;
  places_ = PlacedWith(plan);
  drain_ns_ = absl::ToInt64Nanoseconds(drain);
  if (policy_ != OnWorkerLoss::kReplan) return;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.lost()) Replan(worker);
  }
}

bool Losses::IsAfterAll(int64_t at_ns) const {
  return static_cast<double>(at_ns) >= end_ns_;
}

int64_t Losses::LeasedUntilNs(const RunWorker& worker) const {
  return heartbeat_.LeasedUntilNs(worker.member_key) + kLeaseMarginNs;
}

void Losses::Tend() {
  if (!leases_ || !playing_) return;
  const int64_t now_ns = clock_.NowNs();
  if (now_ns - tended_ns_ > kStandstillNs) attentive_since_ns_ = now_ns;
  tended_ns_ = now_ns;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.over() || !worker.started()) continue;
    WatchReports(worker, now_ns);
    WatchEnd(worker, now_ns);
    if (worker.over()) continue;
    const int64_t late_ns = now_ns - LeasedUntilNs(worker);
    if (late_ns < 0) continue;
    if (!worker.lost()) {
      Lose(worker,
           absl::UnavailableError(
               absl::StrCat("worker ", worker.name, " was lost: ",
                            worker.loss.mute ? "it reports nothing"
                                             : "nothing is heard of it",
                            ", and its lease has ended")),
           /*for_good=*/false);
    } else if (std::min(late_ns, now_ns - worker.reports.last_ns) >=
               absl::ToInt64Nanoseconds(leases_->return_patience)) {
      GiveUp(worker);  // and brings nothing any more
    }
  }
}

void Losses::WatchReports(RunWorker& worker, int64_t now_ns) {
  const int64_t silence_ns =
      now_ns - std::max(worker.reports.last_ns, attentive_since_ns_);
  const int64_t limit_ns = absl::ToInt64Nanoseconds(leases_->report_silence);
  const bool is_mute = silence_ns >= limit_ns;
  if (is_mute == worker.loss.mute) return;
  // While one of its messages is queued, this process may be the slow one; but
  // no message waits twice as long.
  if (is_mute && silence_ns < 2 * limit_ns && worker.session &&
      fleet_.HasUnread(*worker.session)) {
    return;
  }
  worker.loss.mute = is_mute;
  heartbeat_.HoldLeases(worker.member_key, is_mute);
  if (is_mute && !worker.lost()) {
    Log().warn(
        "worker {} has reported nothing for {}: its lease is not "
        "renewed",
        worker.name, absl::FormatDuration(leases_->report_silence));
  }
}

void Losses::OnStop(bool now) {
  stopping_ = true;
  ends_early_ = true;
  if (now) drain_ns_ = 0;
  for (RunWorker& worker : roster_.workers()) {
    worker.loss.drained_ns = clock_.NowNs() + drain_ns_;
  }
}

void Losses::OnStopFrom(int64_t from_ns) {
  stopping_ = true;
  end_ns_ = std::min(end_ns_, static_cast<double>(from_ns));
  for (RunWorker& worker : roster_.workers()) {
    worker.loss.drained_ns = start_ns_ + from_ns + drain_ns_;
  }
}

bool Losses::MayEnd(const RunWorker& worker, int64_t run_ns) const {
  return ends_early_ || worker.leave.at_ns || IsAfterAll(DrainedNs(run_ns)) ||
         (!worker.extends.empty() && IsAfterAll(LatestNs(run_ns)));
}

int64_t Losses::LatestNs(int64_t run_ns) {
  return run_ns + kLeaseMarginNs + run_ns / kMostDrift;
}

int64_t Losses::DrainedNs(int64_t run_ns) const {
  return LatestNs(run_ns) - drain_ns_;
}

void Losses::WatchEnd(RunWorker& worker, int64_t now_ns) {
  if (!stopping_ || worker.lost()) return;
  if (!worker.session) {  // gets the Stop when it rejoins
    worker.loss.drained_ns =
        std::max(worker.loss.drained_ns, now_ns + drain_ns_);
    return;
  }
  const int64_t idle_ns =
      now_ns - std::max({worker.loss.drained_ns, worker.reports.brought_ns,
                         attentive_since_ns_});
  if (idle_ns < absl::ToInt64Nanoseconds(leases_->done_patience) ||
      fleet_.HasUnread(*worker.session)) {
    return;
  }
  Lose(worker,
       absl::UnavailableError(absl::StrCat(
           "worker ", worker.name, " was stopped, but never reported Done")),
       /*for_good=*/true);
}

void Losses::Lose(RunWorker& worker, const absl::Status& why, bool for_good) {
  if (!worker.lost()) {
    worker.loss.why = why;
    heartbeat_.EndLeases(worker.member_key);
    if (worker.started()) {
      const int64_t until_ns = leases_ ? LeasedUntilNs(worker) : clock_.NowNs();
      worker.loss.silent_from_ns =
          std::max<int64_t>(0, until_ns - worker.start.begins_ns);
      if (worker.leave.at_ns) {
        worker.loss.silent_from_ns =
            std::min(worker.loss.silent_from_ns, *worker.leave.at_ns);
      }
    }
    if (leases_) Log().error("{}", std::string(why.message()));
    switch (policy_) {
      case OnWorkerLoss::kFinish:
        break;
      case OnWorkerLoss::kAbort:
        aborted_ = why;
        for_good = true;
        break;
      case OnWorkerLoss::kReplan:
        const bool taken =
            playing_ ? !stopping_ && Replan(worker) : HasOthers(worker);
        if (!worker.started()) worker.handed_over = taken;
        break;
    }
  }
  if (for_good) GiveUp(worker);
}

void Losses::GiveUp(RunWorker& worker) {
  worker.loss.given_up = true;
  // A worker that was asked to end before its start learns from the status
  // whether others play its share.
  const bool is_replaced = absl::IsCancelled(worker.loss.why) &&
                           !worker.started() && worker.handed_over;
  Dismiss(fleet_, roster_, heartbeat_, worker,
          is_replaced ? absl::OkStatus() : worker.loss.why);
}

bool Losses::HasOthers(const RunWorker& lost) const {
  return std::any_of(roster_.workers().begin(), roster_.workers().end(),
                     [&lost](const RunWorker& worker) {
                       return &worker != &lost && !worker.over() &&
                              !worker.lost();
                     });
}

std::vector<RunWorker*> Losses::Heirs() {
  std::vector<RunWorker*> heirs;
  std::vector<RunWorker*> away;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.ready() && !worker.over() && !worker.lost() &&
        !worker.leave.at_ns) {
      (worker.session ? heirs : away).push_back(&worker);
    }
  }
  return heirs.empty() ? away : heirs;
}

bool Losses::Give(std::vector<Piece>& pieces, int64_t at_ns,
                  const std::vector<RunWorker*>& heirs) {
  const auto divided =
      DivideFrom(at_ns, heirs.size(), !blocking_, pieces, places_);
  bool any = false;
  for (size_t i = 0; i < heirs.size(); ++i) {
    for (const Piece& piece : divided[i]) {
      Extend(*heirs[i], piece);
      any = true;
    }
  }
  return any;
}

bool Losses::Replan(RunWorker& lost) {
  const std::vector<RunWorker*> heirs = Heirs();
  int64_t at_ns = 0;
  if (lost.started()) {
    // What it may have sent stays its own. Whole milliseconds, as it is told.
    at_ns = std::max(lost.loss.silent_from_ns,
                     clock_.NowNs() - start_ns_ + kReplanLeadNs);
    at_ns = (at_ns / kNsPerMs + 1) * kNsPerMs;
  }
  if (heirs.empty() || IsAfterAll(at_ns)) return false;
  if (!Give(lost.pieces, at_ns, heirs)) return true;  // it had no calls left
  Log().warn("from {:.3f} s on, {} what was planned for worker {}",
             static_cast<double>(at_ns) / 1e9, HeirsPlay(heirs), lost.name);
  return true;
}

std::string Losses::HandOver(RunWorker& leaver, uint64_t extends_taken) {
  const int64_t at_ns = *leaver.leave.at_ns;
  const bool is_after_all =
      IsAfterAll(at_ns) && extends_taken == leaver.extends.size();
  leaver.handed_over = is_after_all;
  if (stopping_) {
    leaver.handed_over = true;  // nothing more is needed of it
    return "the run was being stopped";
  }
  if (is_after_all) return "it had no later invocations";
  switch (policy_) {
    case OnWorkerLoss::kFinish:
      return "its later invocations are not sent";
    case OnWorkerLoss::kAbort:
      if (aborted_.ok()) {
        aborted_ = absl::AbortedError(
            absl::StrCat("worker ", leaver.name, " has left"));
      }
      return "the run ends with it";
    case OnWorkerLoss::kReplan:
      break;
  }
  const std::vector<RunWorker*> heirs = Heirs();
  if (heirs.empty()) {
    return "no worker is left to play its later invocations";
  }
  // It has not taken the Extends that crossed its Leave: others get all of
  // them.
  const auto crossing =
      leaver.pieces.begin() + 1 + static_cast<ptrdiff_t>(extends_taken);
  std::vector<Piece> untaken(crossing, leaver.pieces.end());
  leaver.pieces.erase(crossing, leaver.pieces.end());
  leaver.extends.resize(extends_taken);
  Give(leaver.pieces, at_ns, heirs);
  Give(untaken, 0, heirs);
  leaver.handed_over = true;
  return absl::StrCat(HeirsPlay(heirs), " its later invocations");
}

void Losses::Extend(RunWorker& heir, const Piece& piece) {
  heir.pieces.push_back(piece);
  heir.extends.push_back(piece);
  // Otherwise it gets the Extend when it rejoins.
  if (!heir.session) return;
  wire::CoordinatorMessage message;
  *message.mutable_extend() = ToWire(piece, heir.extends.size());
  fleet_.Send(*heir.session, std::move(message));
}

}  // namespace invocator
