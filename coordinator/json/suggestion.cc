#include "coordinator/json/suggestion.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace invocator {
namespace {

// Insertions, deletions, replacements, and swaps of neighbours (Damerau's
// distance, restricted: no piece is edited twice).
size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1,
                                        std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const size_t replaced = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

// A beginning counts as one slip: "timeout" for "timeout_in_seconds".
size_t Distance(const std::string& word, const std::string& known) {
  constexpr size_t kShortestBeginning = 3;
  const size_t distance = EditDistance(word, known);
  return word.size() >= kShortestBeginning && absl::StartsWith(known, word)
             ? std::min<size_t>(distance, 1)
             : distance;
}

}  // namespace

std::optional<absl::string_view> NearestWord(
    absl::string_view word, absl::Span<const absl::string_view> known) {
  constexpr size_t kLongestWord = 64;
  if (word.size() > kLongestWord) return std::nullopt;
  const std::string lower = absl::AsciiStrToLower(word);
  std::optional<absl::string_view> nearest;
  // Half of the letters wrong is no slip of the keyboard.
  size_t bound = (word.size() + 1) / 2;
  for (absl::string_view candidate : known) {
    const size_t distance = Distance(lower, absl::AsciiStrToLower(candidate));
    if (distance < bound || distance == 0) {
      nearest = candidate;
      bound = distance;
    }
  }
  return nearest;
}

}  // namespace invocator
