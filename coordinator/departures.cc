#include "coordinator/departures.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/dismissal.h"
#include "spdlog/spdlog.h"

namespace invocator {

absl::Status Departures::Take(RunWorker& worker, const wire::Leave& leave,
                              bool begun) {
  if (worker.leaves_ns == leave.from_ns()) return absl::OkStatus();
  if (!worker.started || worker.done || worker.leaves_ns ||
      leave.from_ns() < 0 || leave.extends() > worker.extends.size()) {
    return absl::InvalidArgumentError("sent a Leave out of order");
  }
  if (!begun) {
    return absl::AbortedError("leaves a run that has not begun");
  }
  worker.leaves_ns = leave.from_ns();
  // What a lost worker had was given away when it was lost.
  const std::string fate =
      worker.lost() ? "it was lost before the coordinator heard of it"
                    : losses_.HandOver(worker, leave.extends());
  worker.departure =
      absl::StrFormat("worker %s left at %.1f s: %s", worker.name,
                      static_cast<double>(leave.from_ns()) / 1e9, fate);
  spdlog::warn("{}", worker.departure);
  return absl::OkStatus();
}

void Departures::LetGo() {
  for (RunWorker& worker : roster_.workers()) {
    if (!worker.leaves_ns || !worker.done) continue;
    const bool all_done =
        worker.handed_over && worker.done->schedule_exhausted();
    Dismiss(fleet_, roster_, heartbeat_, worker,
            all_done ? absl::OkStatus()
                     : absl::AbortedError(absl::StrCat(
                           "not all that was planned for this worker is "
                           "played: ",
                           worker.departure)));
  }
}

}  // namespace invocator
