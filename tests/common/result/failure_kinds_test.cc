#include "common/result/failure_kinds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace invocator {
namespace {

constexpr Reason kA = Reason::kForbidden;
constexpr Reason kB = Reason::kConnectionRefused;

TEST(FailureKindsTest, TheFirstOfAReasonAndOfAnInstanceAreNews) {
  FailureKinds kinds;
  FailureKinds::News news = kinds.Add(kA, {10, 0, 0});
  EXPECT_TRUE(news.of_reason && news.of_pair);
  news = kinds.Add(kA, {11, 1, 0});
  EXPECT_FALSE(news.of_reason);
  EXPECT_TRUE(news.of_pair);
  EXPECT_TRUE(news.any());
  news = kinds.Add(kB, {12, 0, 0});
  EXPECT_TRUE(news.of_reason && news.of_pair);
  EXPECT_FALSE(kinds.Add(kA, {12, 0, 1}).any());
}

TEST(FailureKindsTest, AnEarlierOneIsNewsTheSameIsNot) {
  FailureKinds kinds;
  kinds.Add(kA, {10, 3, 5});
  EXPECT_FALSE(kinds.Add(kA, {10, 3, 5}).any());
  EXPECT_FALSE(kinds.Add(kA, {10, 3, 6}).any());
  EXPECT_TRUE(kinds.Add(kA, {10, 3, 4}).of_pair);
  const FailureKinds::News earlier = kinds.Add(kA, {9, 3, 7});
  EXPECT_TRUE(earlier.of_reason && earlier.of_pair);
  // At one instant the lower instance comes first.
  EXPECT_TRUE(kinds.Add(kA, {9, 2, 9}).of_reason);
  EXPECT_FALSE(kinds.Add(kA, {9, 4, 0}).of_reason);
}

TEST(FailureKindsTest, PairsAreBoundedAndTheFirstInstancesWin) {
  constexpr uint32_t kMost = FailureKinds::kMaxPairs;
  FailureKinds kinds;
  for (uint32_t i = 1; i <= kMost; ++i) {
    EXPECT_TRUE(kinds.Add(kA, {100, i, 0}).of_pair) << i;
  }
  EXPECT_FALSE(kinds.Add(kA, {50, kMost + 1, 0}).of_pair) << "no room";
  EXPECT_TRUE(kinds.Add(kA, {40, kMost + 2, 0}).of_reason) << "all the same";
  EXPECT_TRUE(kinds.Add(kA, {100, 0, 0}).of_pair) << "takes the last one's";
  EXPECT_FALSE(kinds.Add(kA, {1, kMost, 0}).of_pair);
  EXPECT_TRUE(kinds.Add(kA, {1, kMost - 1, 0}).of_pair);
}

}  // namespace
}  // namespace invocator
