#include "coordinator/json/suggestion.h"

#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

TEST(Suggestion, NearestWordForgivesSlipsButNotGuesses) {
  constexpr absl::string_view kKnown[] = {
      "rate", "host", "stage", "activity_window", "timeout_in_seconds"};
  const struct {
    std::string word, expected;  // "" for none
  } kCases[] = {
      {"ratee", "rate"},
      {"Rate", "rate"},
      {"hots", "host"},
      {"stge", "stage"},
      {"timeout", "timeout_in_seconds"},
      {"activity-window", "activity_window"},
      {"x", ""},
      {"", ""},
      {"completely_else", ""},
      {std::string(100'000, 'a'), ""},
  };
  for (const auto& [word, expected] : kCases) {
    EXPECT_EQ(std::string(NearestWord(word, kKnown).value_or("")), expected)
        << word.substr(0, 80);
  }
}

}  // namespace
}  // namespace invocator
