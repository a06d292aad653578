#include "common/wire/assignment_codec.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/plan/version_group.h"
#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

// Of a share in an Assignment and its index in `tapes`, tags and lengths
// included.
constexpr size_t kMaxShareBytes = 32;

bool HasTimestamps(const Plan& plan, size_t instance) {
  return plan.instances[instance].arrivals.kind == ArrivalKind::kTimestamps;
}

}  // namespace

wire::RunSettings ToWire(const RunSettings& settings) {
  wire::RunSettings message;
  message.set_endpoint_url(settings.endpoint_url);
  message.set_http2(settings.http2);
  message.set_io(static_cast<uint32_t>(settings.io));
  message.set_max_in_flight(settings.max_in_flight);
  message.set_drop_on_overload(settings.drop_on_overload);
  message.set_drain_ns(settings.drain_ns);
  message.set_warm_connections(settings.warm_connections);
  message.set_connections(settings.connections);
  message.set_record_ratio(settings.record_ratio);
  message.set_spin_ns(settings.spin_ns);
  message.set_extensible(settings.extensible);
  return message;
}

absl::StatusOr<RunSettings> FromWire(const wire::RunSettings& message) {
  if (!(message.record_ratio() >= 0 && message.record_ratio() <= 1) ||
      message.drain_ns() < 0 || message.spin_ns() < 0 ||
      message.io() >= kIoModes.size()) {
    return absl::InvalidArgumentError("run settings out of range");
  }
  RunSettings settings;
  settings.endpoint_url = message.endpoint_url();
  settings.http2 = message.http2();
  settings.io = static_cast<IoMode>(message.io());
  settings.max_in_flight = message.max_in_flight();
  settings.drop_on_overload = message.drop_on_overload();
  settings.drain_ns = message.drain_ns();
  settings.warm_connections = message.warm_connections();
  settings.connections = message.connections();
  settings.record_ratio = message.record_ratio();
  settings.spin_ns = message.spin_ns();
  settings.extensible = message.extensible();
  return settings;
}

wire::Assignment ToWire(const Plan& plan, const RunSettings& settings) {
  wire::Assignment assignment;
  *assignment.mutable_plan() = ToWire(plan);
  *assignment.mutable_settings() = ToWire(settings);
  for (size_t i = 0; settings.extensible && i < plan.instances.size(); ++i) {
    if (HasTimestamps(plan, i) && FirstVersion(plan, i) == i) {
      assignment.add_tapes(static_cast<uint32_t>(i));
    }
  }
  return assignment;
}

void AddShares(const Plan& plan, const std::vector<Share>& shares,
               wire::Assignment& assignment) {
  for (const Share& share : shares) {
    *assignment.add_shares() = ToWire(share);
    if (assignment.settings().extensible()) continue;  // all are announced
    if (HasTimestamps(plan, share.instance)) {
      assignment.add_tapes(
          static_cast<uint32_t>(FirstVersion(plan, share.instance)));
    }
  }
  auto& tapes = *assignment.mutable_tapes();
  std::sort(tapes.begin(), tapes.end());
  // Versions have one tape.
  tapes.erase(std::unique(tapes.begin(), tapes.end()), tapes.end());
}

wire::Extend ToWire(const Piece& piece, uint64_t number) {
  wire::Extend message;
  message.set_number(number);
  message.set_from_ns(piece.from_ns);
  for (const Share& share : piece.shares) {
    *message.add_shares() = ToWire(share);
  }
  return message;
}

absl::Status CheckAssignmentSize(
    const Plan& plan, const RunSettings& settings,
    const std::vector<std::vector<Share>>& partition) {
  return CheckAssignmentSize(ToWire(plan, settings).ByteSizeLong(), partition);
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
      " that one takes: shorten lists, counts and shapes of rates, or split "
      "the "
      "workload into several"));
}

}  // namespace invocator
