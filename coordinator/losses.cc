#include "coordinator/losses.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/plan_codec.h"
#include "coordinator/piece.h"
#include "spdlog/spdlog.h"

namespace invocator {
namespace {

// Past a lease's end, for clocks that drift within it.
constexpr int64_t kLeaseMarginNs = 200'000'000;
// From the decision to replan to the first invocation that moves.
constexpr int64_t kReplanLeadNs = 200'000'000;
constexpr int64_t kNsPerMs = 1'000'000;

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

void Losses::BeginPlaying(const Plan& plan) {
  playing_ = true;
  blocking_ = plan.blocking;
  duration_s_ = plan.duration_s;
  if (policy_ != OnWorkerLoss::kReplan) return;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.lost()) Replan(worker);
  }
}

int64_t Losses::LeasedUntilNs(const RunWorker& worker) const {
  return heartbeat_.LeasedUntilNs(worker.member_key) + kLeaseMarginNs;
}

void Losses::Tend() {
  if (!leases_ || !playing_) return;
  const int64_t now_ns = clock_.NowNs();
  for (RunWorker& worker : roster_.workers()) {
    if (worker.over() || !worker.started) continue;
    const int64_t late_ns = now_ns - LeasedUntilNs(worker);
    if (late_ns < 0) continue;
    if (!worker.lost()) {
      Lose(worker,
           absl::UnavailableError(
               absl::StrCat("worker ", worker.name, " was lost: nothing is ",
                            "heard of it, and its lease has ended")),
           /*for_good=*/false);
    } else if (std::min(late_ns, now_ns - worker.reported_ns) >=
               absl::ToInt64Nanoseconds(leases_->return_patience)) {
      GiveUp(worker);  // and brings nothing any more
    }
  }
}

void Losses::Lose(RunWorker& worker, const absl::Status& why, bool for_good) {
  if (!worker.lost()) {
    worker.loss = why;
    heartbeat_.EndLeases(worker.member_key);
    if (worker.started) {
      const int64_t until_ns = leases_ ? LeasedUntilNs(worker) : clock_.NowNs();
      worker.silent_from_ns = std::max<int64_t>(0, until_ns - worker.begins_ns);
    }
    if (leases_) spdlog::error("{}", std::string(why.message()));
    switch (policy_) {
      case OnWorkerLoss::kFinish:
        break;
      case OnWorkerLoss::kAbort:
        aborted_ = why;
        for_good = true;
        break;
      case OnWorkerLoss::kReplan:
        if (playing_ && !stopping_) Replan(worker);
        break;
    }
  }
  if (for_good) GiveUp(worker);
}

void Losses::GiveUp(RunWorker& worker) {
  worker.given_up = true;
  if (!worker.session) return;
  fleet_.End(*worker.session, worker.loss);
  heartbeat_.Watch(worker.member_key, std::nullopt, worker.clock.best());
  roster_.Move(roster_.IndexOf(worker), std::nullopt);
}

void Losses::Replan(RunWorker& lost) {
  std::vector<RunWorker*> heirs;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.ready && worker.session && !worker.over() && !worker.lost()) {
      heirs.push_back(&worker);
    }
  }
  int64_t at_ns = 0;
  if (lost.started) {
    // What it may have sent stays its own. Whole milliseconds, as it is told.
    at_ns = std::max(lost.silent_from_ns,
                     clock_.NowNs() - start_ns_ + kReplanLeadNs);
    at_ns = (at_ns / kNsPerMs + 1) * kNsPerMs;
  }
  if (heirs.empty() || static_cast<double>(at_ns) >= duration_s_ * 1e9) return;
  const auto divided = DivideFrom(at_ns, heirs.size(), !blocking_, lost.pieces);
  for (size_t i = 0; i < heirs.size(); ++i) {
    for (const Piece& piece : divided[i]) Extend(*heirs[i], piece);
  }
  spdlog::warn("from {:.3f} s on, {} play{} what was planned for worker {}",
               static_cast<double>(at_ns) / 1e9,
               heirs.size() == 1
                   ? absl::StrCat("worker ", heirs[0]->name)
                   : absl::StrCat("the other ", heirs.size(), " workers"),
               heirs.size() == 1 ? "s" : "", lost.name);
}

void Losses::Extend(RunWorker& heir, const Piece& piece) {
  wire::CoordinatorMessage message;
  wire::Extend& extend = *message.mutable_extend();
  extend.set_number(heir.extends.size() + 1);
  extend.set_from_ns(piece.from_ns);
  for (const Share& share : piece.shares) *extend.add_shares() = ToWire(share);
  heir.pieces.push_back(piece);
  heir.extends.push_back(extend);
  fleet_.Send(*heir.session, std::move(message));
}

}  // namespace invocator
