#include "coordinator/preparation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/plan_codec.h"
#include "common/protocol.h"

namespace invocator {
namespace {

// Of a share in an Assignment, tag and length included.
constexpr size_t kMaxShareBytes = 32;

wire::CoordinatorMessage AssignmentOf(const Plan& plan,
                                      const wire::RunSettings& settings) {
  wire::CoordinatorMessage message;
  *message.mutable_assignment()->mutable_plan() = ToWire(plan);
  *message.mutable_assignment()->mutable_settings() = settings;
  return message;
}

}  // namespace

absl::Status CheckAssignmentSize(
    const Plan& plan, const wire::RunSettings& settings,
    const std::vector<std::vector<Share>>& partition) {
  return CheckAssignmentSize(AssignmentOf(plan, settings).ByteSizeLong(),
                             partition);
}

absl::Status CheckAssignmentSize(
    size_t plan_bytes, const std::vector<std::vector<Share>>& partition) {
  size_t most_shares = 0;
  for (const std::vector<Share>& shares : partition) {
    most_shares = std::max(most_shares, shares.size());
  }
  const size_t bytes = plan_bytes + most_shares * kMaxShareBytes;
  if (bytes <= static_cast<size_t>(kMaxAssignmentBytes)) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "the plan, without its payloads, takes ", bytes,
      " bytes to send to a worker, more than the ", kMaxAssignmentBytes,
      " that one takes: shorten the lists of interarrivals, or split the "
      "workload into several"));
}

Preparation::Preparation(Fleet& fleet, Roster& roster, const Plan& plan,
                         const wire::RunSettings& settings)
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
  worker.assigned = true;
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
