#include "worker/setup/assignment.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/scheduling.h"
#include "common/http/service_url.h"
#include "common/process/machine_limits.h"
#include "common/wire/assignment_codec.h"
#include "common/wire/plan_codec.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

constexpr uint64_t kMaxInFlight = 1'000'000;

absl::StatusOr<uint32_t> MaxInFlight(uint32_t wanted, uint32_t threads,
                                     uint64_t file_limit) {
  const uint64_t possible = ConnectionsOf(file_limit, threads);
  if (wanted == 0) {
    return static_cast<uint32_t>(std::min(possible, kMaxInFlight));
  }
  if (wanted > possible) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "--max-in-flight ", wanted, " needs ", wanted + ReservedFiles(threads),
        " file descriptors, but the limit (ulimit -n) is ", file_limit));
  }
  return wanted;
}

}  // namespace

absl::StatusOr<Assignment> ReadAssignment(const wire::Assignment& message,
                                          uint32_t threads, uint64_t file_limit,
                                          const AllowedHosts& allowed) {
  Assignment assignment;
  absl::StatusOr<Plan> plan = FromWire(message.plan());
  if (!plan.ok()) return plan.status();
  assignment.plan = *std::move(plan);
  std::vector<bool> has_share(assignment.plan.instances.size());
  for (const wire::Share& wire_share : message.shares()) {
    absl::StatusOr<Share> share = FromWire(wire_share, assignment.plan);
    if (!share.ok()) return share.status();
    if (has_share[share->instance]) {
      return absl::InvalidArgumentError(
          absl::StrCat("two shares of instance ", share->instance));
    }
    has_share[share->instance] = true;
    assignment.shares.push_back(*share);
  }

  const absl::StatusOr<RunSettings> read = FromWire(message.settings());
  if (!read.ok()) return read.status();
  const RunSettings& settings = *read;
  if (!settings.endpoint_url.empty()) {
    const absl::StatusOr<ServiceUrl> url =
        ParseServiceUrl(settings.endpoint_url);
    if (!url.ok()) return url.status();
    assignment.engines.endpoint_url = url->ToString();
  }
  absl::Status is_allowed =
      allowed.Check(assignment.plan, settings.endpoint_url);
  if (!is_allowed.ok()) return is_allowed;
  assignment.record_ratio = settings.record_ratio;
  const absl::StatusOr<uint32_t> max_in_flight =
      MaxInFlight(settings.max_in_flight, threads, file_limit);
  if (!max_in_flight.ok()) return max_in_flight.status();

  EngineGroupOptions& engines = assignment.engines;
  engines.engines = std::min(threads, *max_in_flight);
  engines.max_in_flight = *max_in_flight;
  engines.warm_connections = settings.warm_connections;
  engines.http2 = settings.http2;
  engines.io = settings.io;
  engines.connections = settings.connections;
  engines.extensible = settings.extensible;
  engines.engine.drain_ns = settings.drain_ns;
  if (settings.extensible) {
    engines.engine.stay_until_ns =
        static_cast<int64_t>(std::ceil(assignment.plan.duration_s * 1e9));
  }
  // Engines that outnumber the cores would spin in each other's way.
  engines.engine.spin_ns =
      engines.engines <= UsableCores() ? settings.spin_ns : 0;
  engines.engine.pacer.drop_on_overload = settings.drop_on_overload;
  engines.engine.pacer.blocking = assignment.plan.blocking;
  return assignment;
}

}  // namespace invocator
