#include "coordinator/conductor/start_agreement.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/process/log.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

// From the decision to start to the start: enough for a message to every worker
// and for its engines to wake.
constexpr int64_t kStartLeadNs = 400'000'000;
// For a start that is taken back to be known to all before their engines begin,
// also where a machine has more to do than it can.
constexpr int64_t kTakeBackNs = 100'000'000;
constexpr int64_t kMaxStartLeadNs = 10'000'000'000;
constexpr int kMaxStarts = 6;
constexpr int64_t kMostLateNs = 3'600'000'000'000;

// Whether `start_ns`, of an answer, is the start that was told last; else it
// has to be an earlier one.
absl::StatusOr<bool> IsCurrent(const RunWorker& worker, int64_t start_ns) {
  if (!worker.started() || worker.done || start_ns > worker.start.told_ns) {
    return absl::InvalidArgumentError("answered a start that it was not told");
  }
  return start_ns == worker.start.told_ns;
}

// Keeps the answer to the current start; there is one.
absl::Status Answer(RunWorker& worker, RunWorker::Start::Answer answer) {
  if (worker.start.answer != RunWorker::Start::Answer::kNone) {
    return absl::InvalidArgumentError("answered a start twice");
  }
  worker.start.answer = answer;
  return absl::OkStatus();
}

}  // namespace

void StartAgreement::Begin() {
  for (RunWorker& worker : roster_.workers()) {
    if (worker.lost()) continue;
    worker.clock.Mark();
    round_trip_ns_ =
        std::max(round_trip_ns_, worker.clock.marked().round_trip_ns);
    heartbeat_.Watch(worker.member_key, worker.session, worker.clock.marked());
  }
  lead_ns_ = std::min(kStartLeadNs + 4 * round_trip_ns_, kMaxStartLeadNs);
  TellStart();
}

void StartAgreement::TellStart() {
  ++starts_;
  heartbeat_.Beat();  // a lease comes before the start
  start_ns_ = clock_.NowNs() + lead_ns_;
  // Engines begin a moment before the start.
  settled_ns_ = start_ns_ - absl::ToInt64Nanoseconds(kEngineLead) -
                kTakeBackNs - std::min(round_trip_ns_, lead_ns_ / 4);
  losses_.SetStart(start_ns_);
  for (RunWorker& worker : roster_.workers()) {
    if (worker.lost()) continue;
    if (!worker.started()) worker.start.begins_ns = start_ns_;
    worker.stage = RunWorker::Stage::kStarted;
    worker.start.answer = RunWorker::Start::Answer::kNone;
    worker.reports.last_ns = clock_.NowNs();
    worker.start.told_ns = worker.clock.marked().ToWorker(start_ns_);
    if (!worker.session) continue;
    wire::CoordinatorMessage start;
    start.mutable_start()->set_steady_ns(worker.start.told_ns);
    fleet_.Send(*worker.session, std::move(start));
  }
}

absl::Status StartAgreement::OnArmed(RunWorker& worker,
                                     const wire::StartArmed& armed) {
  const auto is_current = IsCurrent(worker, armed.steady_ns());
  if (!is_current.ok()) return is_current.status();
  if (!*is_current) return absl::OkStatus();
  return Answer(worker, RunWorker::Start::Answer::kArmed);
}

absl::Status StartAgreement::OnMissed(RunWorker& worker,
                                      const wire::StartMissed& missed) {
  const auto is_current = IsCurrent(worker, missed.steady_ns());
  if (!is_current.ok()) return is_current.status();
  if (missed.begun()) {
    return absl::AbortedError("has begun at a start that was taken back");
  }
  if (missed.late_ns() < 0 || missed.late_ns() > kMostLateNs) {
    return absl::InvalidArgumentError(
        "sent an impossible lateness in StartMissed");
  }
  if (!*is_current) return absl::OkStatus();
  absl::Status status = Answer(worker, RunWorker::Start::Answer::kMissed);
  if (!status.ok()) return status;
  Log().warn("worker {} got the start {:.1f} ms too late", worker.name,
             static_cast<double>(missed.late_ns()) / 1e6);
  return absl::OkStatus();
}

bool StartAgreement::answered() const {
  return std::all_of(
      roster_.workers().begin(), roster_.workers().end(),
      [](const RunWorker& w) { return w.armed() || w.missed() || w.lost(); });
}

void StartAgreement::Settle() {
  for (RunWorker& worker : roster_.workers()) {
    if (worker.armed()) worker.start.begins_ns = start_ns_;
  }
}

bool StartAgreement::Conclude() {
  if (std::all_of(roster_.workers().begin(), roster_.workers().end(),
                  [](const RunWorker& w) { return w.armed() || w.lost(); })) {
    Settle();
    return true;
  }
  // Who is not there to be told of another start would begin at this one.
  for (RunWorker& worker : roster_.workers()) {
    if (worker.session || worker.lost()) continue;
    losses_.Lose(worker,
                 absl::UnavailableError(absl::StrCat("worker ", worker.name,
                                                     " was lost at the start")),
                 /*for_good=*/true);
  }
  if (starts_ == kMaxStarts) {
    for (RunWorker& worker : roster_.workers()) {
      if (worker.armed() || worker.lost()) continue;
      losses_.Lose(
          worker,
          absl::DeadlineExceededError(absl::StrCat(
              "worker ", worker.name, " missed ", kMaxStarts,
              " starts, the last of them ",
              absl::FormatDuration(absl::Nanoseconds(lead_ns_)), " ahead")),
          /*for_good=*/true);
    }
    Settle();
    return true;
  }
  Log().warn("starting anew");
  lead_ns_ = std::min(2 * lead_ns_, kMaxStartLeadNs);
  TellStart();
  return false;
}

}  // namespace invocator
