#include "common/arrivals/version_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace invocator {
namespace {

using ::testing::ElementsAre;

ArrivalSpec Version(uint32_t seed, std::string stream, uint32_t index,
                    uint32_t count) {
  ArrivalSpec spec;
  spec.seed = seed;
  spec.stream = std::move(stream);
  spec.version = {.index = index, .count = count};
  return spec;
}

// The versions in the order of their turns. Fails unless each has a turn.
std::vector<uint32_t> Order(uint32_t seed, const std::string& stream,
                            uint32_t count, uint64_t round) {
  std::vector<uint32_t> order(count, count);
  for (uint32_t v = 0; v < count; ++v) {
    const uint32_t turn =
        VersionOrder(Version(seed, stream, v, count)).TurnIn(round);
    EXPECT_LT(turn, count);
    EXPECT_EQ(order[turn], count) << "turn " << turn << " is taken";
    order[turn] = v;
  }
  return order;
}

// From tests/end_to_end/version_coin.py, written without this code.
TEST(VersionOrderTest, IsTheSameOnEveryMachine) {
  std::vector<uint32_t> first;
  for (uint64_t round = 0; round < 16; ++round) {
    first.push_back(Order(100, "instance1", 2, round)[0]);
  }
  EXPECT_THAT(first,
              ElementsAre(0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1));
  EXPECT_THAT(Order(100, "instance1", 3, 0), ElementsAre(0, 2, 1));
  EXPECT_THAT(Order(100, "instance1", 3, 5), ElementsAre(1, 2, 0));
  EXPECT_THAT(Order(1, "x", 8, 1), ElementsAre(2, 4, 6, 3, 7, 0, 1, 5));
}

TEST(VersionOrderTest, EveryVersionHasATurnInEveryRound) {
  for (uint32_t count = kMinVersions; count <= kMaxVersions; ++count) {
    for (uint64_t round = 0; round < 1'000; ++round) {
      Order(5, "a", count, round);
    }
    Order(5, "a", count, UINT64_MAX);
  }
}

// Five standard deviations of a binomial count.
double Five(double trials, double p) {
  return 5 * std::sqrt(trials * p * (1 - p));
}

TEST(VersionOrderTest, TheCoinIsFairAndHasNoMemory) {
  constexpr int kRounds = 200'000;
  for (const char* stream : {"a", "b", "instance1"}) {
    const VersionOrder order(Version(7, stream, 0, 2));
    int first = 0;
    int repeats = 0;
    uint32_t before = 2;
    for (uint64_t round = 0; round < kRounds; ++round) {
      const uint32_t turn = order.TurnIn(round);
      first += turn == 0 ? 1 : 0;
      repeats += turn == before ? 1 : 0;
      before = turn;
    }
    EXPECT_NEAR(first, kRounds / 2, Five(kRounds, 0.5)) << stream;
    EXPECT_NEAR(repeats, kRounds / 2, Five(kRounds, 0.5)) << stream;
  }
}

TEST(VersionOrderTest, AllOrdersAreEquallyLikely) {
  constexpr int kRounds = 60'000;
  std::map<std::vector<uint32_t>, int> counts;
  for (uint64_t round = 0; round < kRounds; ++round) {
    ++counts[Order(3, "a", 3, round)];
  }
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [order, count] : counts) {
    EXPECT_NEAR(count, kRounds / 6, Five(kRounds, 1.0 / 6));
  }
}

TEST(VersionOrderTest, SeedsAndInstancesHaveCoinsOfTheirOwn) {
  constexpr int kRounds = 20'000;
  const VersionOrder one(Version(1, "a", 0, 2));
  for (const ArrivalSpec& spec :
       {Version(2, "a", 0, 2), Version(1, "b", 0, 2)}) {
    const VersionOrder other(spec);
    int same = 0;
    for (uint64_t round = 0; round < kRounds; ++round) {
      same += one.TurnIn(round) == other.TurnIn(round) ? 1 : 0;
    }
    EXPECT_NEAR(same, kRounds / 2, Five(kRounds, 0.5));
  }
}

}  // namespace
}  // namespace invocator
