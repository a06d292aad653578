#include "coordinator/conductor/departures.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/process/log.h"
#include "common/wire/protocol.h"
#include "coordinator/fleet/dismissal.h"

namespace invocator {
namespace {

// Workers name an instant at most 2 s ahead; the rest is tolerance.
constexpr absl::Duration kMostAhead = absl::Seconds(10);
// When a Leave arrives later than this, the worker's lease has ended.
const absl::Duration kMostBehind = kSilence + kLease + absl::Seconds(1);

absl::Status CheckInstant(int64_t from_ns, int64_t run_ns) {
  const absl::Duration ahead =
      absl::Nanoseconds(from_ns) - absl::Nanoseconds(run_ns);
  if (ahead <= kMostAhead && -ahead <= kMostBehind) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "sent a Leave for %.1f s at %.1f s", static_cast<double>(from_ns) / 1e9,
      static_cast<double>(run_ns) / 1e9));
}

}  // namespace

absl::Status Departures::Take(RunWorker& worker, const wire::Leave& leave,
                              bool begun, int64_t run_ns) {
  if (worker.leave.at_ns == leave.from_ns()) return absl::OkStatus();
  if (!worker.started() || worker.done || worker.leave.at_ns ||
      leave.from_ns() < 0 || leave.extends() > worker.extends.size()) {
    return absl::InvalidArgumentError("sent a Leave out of order");
  }
  if (!begun) {
    return absl::AbortedError("leaves a run that has not begun");
  }
  absl::Status status = CheckInstant(leave.from_ns(), run_ns);
  if (status.ok()) {
    std::vector<Piece> kept = worker.pieces;
    kept.resize(std::min<size_t>(kept.size(), 1 + leave.extends()));
    status =
        sink_->CheckSilence(roster_.IndexOf(worker), kept, leave.from_ns());
  }
  if (!status.ok()) return status;
  worker.leave.at_ns = leave.from_ns();
  // A lost worker's share was handed over when it was lost.
  const std::string fate =
      worker.lost() ? "it was lost before the coordinator heard of it"
                    : losses_.HandOver(worker, leave.extends());
  worker.leave.notice =
      absl::StrFormat("worker %s left at %.1f s: %s", worker.name,
                      static_cast<double>(leave.from_ns()) / 1e9, fate);
  Log().warn("{}", worker.leave.notice);
  return absl::OkStatus();
}

void Departures::OnFailure(RunWorker& worker, int64_t received_ns) {
  if (received_ns >= worker.start.begins_ns) return;
  absl::Status silence;
  if (sink_ != nullptr) {
    silence = sink_->CheckSilence(roster_.IndexOf(worker), worker.pieces,
                                  /*from_ns=*/0);
  }
  if (silence.ok()) worker.stage = RunWorker::Stage::kReady;
}

void Departures::LetGo() {
  for (RunWorker& worker : roster_.workers()) {
    if (!worker.leave.at_ns || !worker.done) continue;
    const bool all_done = worker.handed_over && worker.done->schedule_exhausted;
    Dismiss(fleet_, roster_, heartbeat_, worker,
            all_done ? absl::OkStatus()
                     : absl::AbortedError(absl::StrCat(
                           "not all that was planned for this worker is "
                           "played: ",
                           worker.leave.notice)));
  }
}

}  // namespace invocator
