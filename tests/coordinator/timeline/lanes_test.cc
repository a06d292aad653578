#include "coordinator/timeline/lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/plans.h"

namespace invocator {
namespace {

using testing::ElementsAre;

TEST(Lanes, UpTo64InstancesHaveOneEach) {
  for (const size_t count : {0u, 1u, 64u}) {
    const Lanes lanes = ChooseLanes(std::vector<uint64_t>(count, 0));
    std::vector<uint32_t> each(count);
    std::iota(each.begin(), each.end(), 0u);
    EXPECT_EQ(lanes.instances, each);
    EXPECT_EQ(lanes.of_instance, each);
    EXPECT_FALSE(lanes.has_rest);
    EXPECT_EQ(lanes.size(), count);
  }
}

TEST(Lanes, Of65TheOneWithTheFewestInvocationsIsTheRest) {
  std::vector<uint64_t> planned(65, 10);
  planned[17] = 9;
  const Lanes lanes = ChooseLanes(planned);
  EXPECT_TRUE(lanes.has_rest);
  EXPECT_EQ(lanes.size(), 65u);
  EXPECT_EQ(lanes.of_instance[16], 16u);
  EXPECT_EQ(lanes.of_instance[17], 64u);
  EXPECT_EQ(lanes.of_instance[18], 17u);
  EXPECT_EQ(lanes.of_instance[64], 63u);
}

TEST(Lanes, OfEqualInstancesTheFirstHaveLanes) {
  std::vector<uint64_t> planned(70, 5);
  planned[69] = 6;
  const Lanes lanes = ChooseLanes(planned);
  for (uint32_t i = 0; i < 63; ++i) EXPECT_EQ(lanes.of_instance[i], i);
  for (uint32_t i = 63; i < 69; ++i) EXPECT_EQ(lanes.of_instance[i], 64u);
  EXPECT_EQ(lanes.of_instance[69], 63u);
}

TEST(Lanes, OfAThousandThoseWithTheMostHaveLanesInTheOrderOfThePlan) {
  std::mt19937 random(2);
  std::vector<uint64_t> planned(1'000);
  std::vector<std::pair<int64_t, uint32_t>> best;
  for (uint32_t i = 0; i < planned.size(); ++i) {
    planned[i] = random() % 50;  // with many ties
    best.emplace_back(-static_cast<int64_t>(planned[i]), i);
  }
  std::sort(best.begin(), best.end());
  std::vector<uint32_t> expected;
  for (size_t i = 0; i < 64; ++i) expected.push_back(best[i].second);
  std::sort(expected.begin(), expected.end());
  const Lanes lanes = ChooseLanes(planned);
  EXPECT_EQ(lanes.instances, expected);
  for (uint32_t i = 0; i < planned.size(); ++i) {
    const auto at = std::find(expected.begin(), expected.end(), i);
    EXPECT_EQ(lanes.of_instance[i],
              static_cast<uint32_t>(at - expected.begin()));
  }
}

std::vector<std::string> NamesOf(const std::vector<std::string>& instances) {
  Plan plan;
  for (const std::string& name : instances) {
    plan.instances.push_back(ListInstance(name, {}, 10));
  }
  std::vector<uint64_t> planned(instances.size());
  std::iota(planned.rbegin(), planned.rend(), 0u);
  return LaneNames(ChooseLanes(planned), plan);
}

TEST(Lanes, AreNamedLikeTheirInstances) {
  EXPECT_THAT(NamesOf({"f", "(others)"}), ElementsAre("f", "(others)"));
}

TEST(Lanes, TheRestHasANameThatNoInstanceHas) {
  std::vector<std::string> instances;
  for (int i = 0; i < 66; ++i) instances.push_back("f" + std::to_string(i));
  EXPECT_EQ(NamesOf(instances).size(), 65u);
  EXPECT_EQ(NamesOf(instances).front(), "f0");
  EXPECT_EQ(NamesOf(instances).back(), "(others)");
  instances[3] = "(others)";
  EXPECT_EQ(NamesOf(instances)[3], "(others)");
  EXPECT_EQ(NamesOf(instances).back(), "((others))");
  instances[65] = "((others))";  // which has no lane
  EXPECT_EQ(NamesOf(instances).back(), "(((others)))");
}

}  // namespace
}  // namespace invocator
