// Source of an invocation's warmth in its answer: the header, or the member of
// the JSON body, that the workload names. Pure.
#ifndef INVOCATOR_COMMON_PLAN_COLD_START_H_
#define INVOCATOR_COMMON_PLAN_COLD_START_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Largest body that is searched; the warmth of a larger one is unknown.
inline constexpr size_t kMaxColdStartBodyBytes = size_t{64} * 1024;

struct ColdStartSource {
  enum class Kind { kHeader, kJson };

  Kind kind = Kind::kHeader;
  std::string header;             // its name
  std::vector<std::string> path;  // to the member: keys, and indices of arrays

  friend bool operator==(const ColdStartSource&,
                         const ColdStartSource&) = default;
};

// "header:x-cold-start", or "json:/cold" with a JSON pointer (RFC 6901) to a
// member. INVALID_ARGUMENT, with the expected form, for anything else.
absl::StatusOr<ColdStartSource> ParseColdStartSource(absl::string_view text);

// The inverse of ParseColdStartSource.
std::string ToString(const ColdStartSource& source);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_COLD_START_H_
