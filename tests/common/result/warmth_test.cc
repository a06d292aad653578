#include "common/result/warmth.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

TEST(WarmthTest, WordsAreUnderstoodInAnyCase) {
  for (const char* word : {"true", "TRUE", "1", "Yes", "cold"}) {
    EXPECT_EQ(WarmthOfWord(word), Warmth::kCold) << word;
  }
  for (const char* word : {"false", "False", "0", "no", "Warm"}) {
    EXPECT_EQ(WarmthOfWord(word), Warmth::kWarm) << word;
  }
  for (const char* word : {"", "2", "maybe", "true "}) {
    EXPECT_EQ(WarmthOfWord(word), Warmth::kUnknown) << word;
  }
}

}  // namespace
}  // namespace invocator
