#include "coordinator/conductor/preparation.h"

#include <utility>

#include "common/wire/assignment_codec.h"

namespace invocator {

Preparation::Preparation(Fleet& fleet, Roster& roster, const Plan& plan,
                         const RunSettings& settings)
    : fleet_(fleet), roster_(roster), plan_(plan), shipper_(fleet, plan) {
  *assignment_.mutable_assignment() = ToWire(plan, settings);
}

absl::Status Preparation::Divide(
    const std::vector<std::vector<Share>>& partition) {
  for (size_t i = 0; i < roster_.size(); ++i) {
    roster_[i].pieces = {{partition[i]}};
  }
  return CheckAssignmentSize(assignment_.ByteSizeLong(), partition);
}

absl::Status Preparation::Pump(int64_t now_ns) {
  absl::Status status = shipper_.Pump(now_ns);
  // Assignments wait to be sent as chunks do: not all at once.
  while (status.ok() && next_ < roster_.size() && shipper_.has_room()) {
    Assign(roster_[next_++], now_ns);
  }
  return status;
}

void Preparation::Assign(RunWorker& worker, int64_t now_ns) {
  if (!worker.session) return;  // it is lost
  wire::CoordinatorMessage message = assignment_;
  wire::Assignment& assignment = *message.mutable_assignment();
  AddShares(plan_, worker.pieces.front().shares, assignment);
  worker.stage = RunWorker::Stage::kAssigned;
  shipper_.AddReceiver(*worker.session,
                       {assignment.tapes().begin(), assignment.tapes().end()},
                       message.ByteSizeLong(), now_ns);
  fleet_.Send(*worker.session, std::move(message));
}

std::vector<size_t> Preparation::TakeStalled(int64_t now_ns) {
  std::vector<size_t> stalled;
  for (size_t session : shipper_.TakeStalled(now_ns)) {
    if (const auto index = roster_.BySession(session)) {
      stalled.push_back(*index);
    }
  }
  return stalled;
}

}  // namespace invocator
