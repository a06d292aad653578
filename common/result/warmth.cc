#include "common/result/warmth.h"

#include "absl/strings/match.h"

namespace invocator {

Warmth WarmthOfWord(absl::string_view word) {
  for (absl::string_view cold : {"true", "1", "yes", "cold"}) {
    if (absl::EqualsIgnoreCase(word, cold)) return Warmth::kCold;
  }
  for (absl::string_view warm : {"false", "0", "no", "warm"}) {
    if (absl::EqualsIgnoreCase(word, warm)) return Warmth::kWarm;
  }
  return Warmth::kUnknown;
}

}  // namespace invocator
