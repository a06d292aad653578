#include "coordinator/review/change_judgement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

namespace invocator {
namespace {

// A value with an interval, from bins whose own estimate is a bit off.
ThresholdResult Of(double value, double low, std::optional<double> high) {
  ThresholdResult result;
  result.value = value;
  result.interval.emplace();
  result.interval->estimate = value + 0.1;
  result.interval->low = low;
  result.interval->high = high;
  if (!high) result.interval->unknown = Unknown::kFewCalls;
  return result;
}

TEST(KnownChangeTest, EndsAreSquaredAndAdded) {
  const auto change = KnownChangeOf(
      std::vector<ThresholdResult>{Of(100, 97, 104), Of(120, 115, 132)});
  ASSERT_TRUE(change);
  EXPECT_DOUBLE_EQ(change->before, 100);
  EXPECT_DOUBLE_EQ(*change->difference.low, 20 - std::hypot(5, 4));
  EXPECT_DOUBLE_EQ(*change->difference.high, 20 + std::hypot(12, 3));
  EXPECT_EQ(ChangeRange(*change, false), "+13.6 .. +32.4 %");
  EXPECT_EQ(ChangeRange(*change, true), "+13.6 .. +32.4 pp");
}

TEST(KnownChangeTest, SeveralBaselinesAddTheirVariance) {
  const auto change = KnownChangeOf(std::vector<ThresholdResult>{
      Of(100, 99, 101), Of(120, 119, 121), Of(140, 139, 141)});
  ASSERT_TRUE(change);
  EXPECT_DOUBLE_EQ(change->before, 110);
  // t(1) = 12.7062 at 97.5 %, times s = 14.1421, times sqrt(1 + 1/2).
  EXPECT_NEAR(*change->difference.low, 30 - 220.08, 0.01);
  EXPECT_NEAR(*change->difference.high, 30 + 220.08, 0.01);
}

TEST(KnownChangeTest, AnUnknownEndStaysUnknown) {
  const auto change = KnownChangeOf(std::vector<ThresholdResult>{
      Of(100, 97, 104), Of(120, 115, std::nullopt)});
  ASSERT_TRUE(change);
  EXPECT_EQ(ChangeRange(*change, false), "+13.6 .. ? %");
  ThresholdResult without = Of(1, 0, 2);
  without.interval.reset();
  EXPECT_FALSE(
      KnownChangeOf(std::vector<ThresholdResult>{without, Of(120, 115, 132)}));
}

}  // namespace
}  // namespace invocator
