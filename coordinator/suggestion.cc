#include "coordinator/suggestion.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"

namespace invocator {
namespace {

// Levenshtein's distance.
size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
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
    const size_t distance =
        EditDistance(lower, absl::AsciiStrToLower(candidate));
    if (distance < bound || distance == 0) {
      nearest = candidate;
      bound = distance;
    }
  }
  return nearest;
}

}  // namespace invocator
