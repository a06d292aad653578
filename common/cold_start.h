// Whether an invocation found its function cold, and where answers tell it: in
// a header or a member of their JSON body that the workload names.
//
// Plain values; the functions are pure.
#ifndef INVOCATOR_COMMON_COLD_START_H_
#define INVOCATOR_COMMON_COLD_START_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// The numbers travel in RecordBatch.
enum class Warmth : uint8_t { kUnknown = 0, kWarm = 1, kCold = 2 };

inline constexpr size_t kWarmths = 3;

// The most of a body that is looked at: of a larger one nothing is claimed.
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
// member. INVALID_ARGUMENT, with what was expected, for anything else.
absl::StatusOr<ColdStartSource> ParseColdStartSource(absl::string_view text);

// What ParseColdStartSource reads.
std::string ToString(const ColdStartSource& source);

// Of a header or JSON string: true, 1, yes and cold, false, 0, no and warm, in
// any case; unknown if it is another word.
Warmth WarmthOfWord(absl::string_view word);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_COLD_START_H_
