#include "coordinator/fleet/dismissal.h"

#include <optional>

namespace invocator {

absl::Status ForGood(const absl::Status& reason) {
  return absl::IsUnavailable(reason) ? absl::AbortedError(reason.message())
                                     : reason;
}

void Dismiss(Fleet& fleet, Roster& roster, Heartbeat& heartbeat,
             RunWorker& worker, const absl::Status& reason) {
  if (!worker.session) return;
  fleet.End(*worker.session, ForGood(reason));
  heartbeat.Watch(worker.member_key, std::nullopt, worker.clock.best());
  roster.Move(roster.IndexOf(worker), std::nullopt);
}

}  // namespace invocator
