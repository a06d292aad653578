#include "common/wire/assignment_codec.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

// Of a share in an Assignment, tag and length included.
constexpr size_t kMaxShareBytes = 32;

}  // namespace

absl::Status CheckAssignmentSize(
    const Plan& plan, const wire::RunSettings& settings,
    const std::vector<std::vector<Share>>& partition) {
  wire::Assignment assignment;
  *assignment.mutable_plan() = ToWire(plan);
  *assignment.mutable_settings() = settings;
  return CheckAssignmentSize(assignment.ByteSizeLong(), partition);
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

}  // namespace invocator
