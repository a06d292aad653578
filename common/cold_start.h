// Warmth of an invocation, and its source in an answer: the header, or the
// member of the JSON body, that the workload names. Pure.
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

// Reads a header or JSON string, in any case: cold for true, 1, yes and cold,
// warm for false, 0, no and warm, else unknown.
Warmth WarmthOfWord(absl::string_view word);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_COLD_START_H_
