#include "coordinator/conductor/preparation.h"

#include <utility>

#include "common/wire/assignment_codec.h"
#include "common/wire/plan_codec.h"

namespace invocator {
namespace {

wire::CoordinatorMessage AssignmentOf(const Plan& plan,
                                      const RunSettings& settings) {
  wire::CoordinatorMessage message;
  *message.mutable_assignment()->mutable_plan() = ToWire(plan);
  *message.mutable_assignment()->mutable_settings() = ToWire(settings);
  return message;
}

}  // namespace

Preparation::Preparation(Fleet& fleet, Roster& roster, const Plan& plan,
                         const RunSettings& settings)
    : fleet_(fleet),
      roster_(roster),
      assignment_(AssignmentOf(plan, settings)),
      payloads_(fleet, plan) {}

absl::Status Preparation::Divide(
    const std::vector<std::vector<Share>>& partition) {
  for (size_t i = 0; i < roster_.size(); ++i) {
    roster_[i].pieces = {{partition[i]}};
  }
  return CheckAssignmentSize(assignment_.ByteSizeLong(), partition);
}

void Preparation::Pump(int64_t now_ns) {
  payloads_.Pump(now_ns);
  // Assignments wait to be sent as payloads do: not all at once.
  while (next_ < roster_.size() && payloads_.has_room()) {
    Assign(roster_[next_++], now_ns);
  }
}

void Preparation::Assign(RunWorker& worker, int64_t now_ns) {
  if (!worker.session) return;  // it is lost
  wire::CoordinatorMessage assignment = assignment_;
  for (const Share& share : worker.pieces.front().shares) {
    *assignment.mutable_assignment()->add_shares() = ToWire(share);
  }
  worker.stage = RunWorker::Stage::kAssigned;
  payloads_.AddReceiver(*worker.session, assignment.ByteSizeLong(), now_ns);
  fleet_.Send(*worker.session, std::move(assignment));
}

std::vector<size_t> Preparation::TakeStalled(int64_t now_ns) {
  std::vector<size_t> stalled;
  for (size_t session : payloads_.TakeStalled(now_ns)) {
    if (const auto index = roster_.BySession(session)) {
      stalled.push_back(*index);
    }
  }
  return stalled;
}

}  // namespace invocator
