// Limits on the change from the first version of an instance to another one.
//
// Text form: VERSION METRIC [AGGREGATE] CHANGE, such as "b response p99 +5%".
//
// Plain values. Pure.
#ifndef INVOCATOR_COORDINATOR_PRECISION_VERSION_LIMIT_H_
#define INVOCATOR_COORDINATOR_PRECISION_VERSION_LIMIT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/precision/change_limit.h"
#include "coordinator/precision/version_comparison.h"

namespace invocator {

inline constexpr size_t kMaxVersionLimits = 100;

struct VersionLimit {
  std::string version;
  ChangeLimit limit;
};

// `versions`: the names of all but the first ones. Errors as in
// ParseChangeLimit; also for a subject whose change between versions has no
// interval.
absl::StatusOr<VersionLimit> ParseVersionLimit(
    absl::string_view text, const std::vector<std::string>& versions,
    NearestWordFinder nearest);

std::string VersionLimitText(const VersionLimit& limit);

// Whether the whole interval of the change is beyond the limit.
bool IsBeyond(const ChangeLimit& limit, const VersionChange& change);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PRECISION_VERSION_LIMIT_H_
