// Warmth of an invocation's function: cold, warm or unknown. Pure.
#ifndef INVOCATOR_COMMON_RESULT_WARMTH_H_
#define INVOCATOR_COMMON_RESULT_WARMTH_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace invocator {

// The numbers are sent in RecordBatch.
enum class Warmth : uint8_t { kUnknown = 0, kWarm = 1, kCold = 2 };

inline constexpr size_t kWarmths = 3;

// Reads a header or JSON string, in any case: cold for true, 1, yes and cold,
// warm for false, 0, no and warm, else unknown.
Warmth WarmthOfWord(absl::string_view word);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_WARMTH_H_
