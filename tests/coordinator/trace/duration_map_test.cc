#include "coordinator/trace/duration_map.h"

#include <gtest/gtest.h>

#include <vector>

namespace invocator {
namespace {

TEST(DurationMap, TakesTheNearestLogarithm) {
  DurationMap map({10.0, 100.0, 10'000.0});
  // The border of 10 and 100 is their geometric mean, 31.6; of 100 and 10,000,
  // 1,000, a tie that the first wins.
  EXPECT_EQ(map.Next(31).instance, 0);
  EXPECT_EQ(map.Next(32).instance, 1);
  EXPECT_EQ(map.Next(999).instance, 1);
  EXPECT_EQ(map.Next(1'001).instance, 2);
  EXPECT_EQ(map.Next(1e-9).instance, 0);
  EXPECT_EQ(map.Next(1e12).instance, 2);
  EXPECT_TRUE(map.Next(5).by_duration);
}

TEST(DurationMap, EqualInstancesGoToTheFirst) {
  DurationMap map({50.0, 50.0});
  EXPECT_EQ(map.Next(7).instance, 0);
  EXPECT_EQ(map.Next(700).instance, 0);
}

TEST(DurationMap, UnknownDurationsAreMappedInTurn) {
  DurationMap map({10.0, 100.0});
  EXPECT_EQ(map.Next(std::nullopt).instance, 0);
  EXPECT_FALSE(map.Next(std::nullopt).by_duration);
  // The second was in turn; known ones do not count.
  EXPECT_EQ(map.Next(100).instance, 1);
  EXPECT_EQ(map.Next(std::nullopt).instance, 0);
  EXPECT_EQ(map.Next(std::nullopt).instance, 1);
}

TEST(DurationMap, InstancesWithoutDurationsAreMappedInTurn) {
  DurationMap map({std::nullopt, std::nullopt});
  EXPECT_EQ(map.Next(5).instance, 0);
  EXPECT_EQ(map.Next(5).instance, 1);
  EXPECT_FALSE(map.Next(5).by_duration);
}

}  // namespace
}  // namespace invocator
