#include "coordinator/fleet/fleet_limits.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// Standard streams, results and gRPC's polling take 12; memory tuning, TLS and
// name lookups briefly open a few more.
constexpr uint64_t kReserved = 24;
// Workers knock before they join, and rejoin while their old connection is
// still there.
constexpr uint64_t kFewestStrangers = 8;
constexpr uint64_t kManyStrangers = 1024;

}  // namespace

absl::StatusOr<FleetLimits> FleetLimitsOf(size_t workers, uint64_t file_limit) {
  const uint64_t needed = workers + kFewestStrangers + kReserved;
  if (file_limit < needed) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--workers ", workers, " needs ", needed,
        " open files, this process may open ", file_limit,
        ": raise the hard limit (ulimit -Hn, LimitNOFILE=), or use fewer "
        "workers"));
  }
  const uint64_t connections = file_limit - kReserved;
  return FleetLimits{
      connections,
      std::min(connections - workers, kManyStrangers + 2 * uint64_t{workers})};
}

}  // namespace invocator
