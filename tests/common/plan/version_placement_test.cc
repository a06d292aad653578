// Versions that are due together stay together, whoever plays them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "common/arrivals/rng.h"
#include "common/plan/partition.h"
#include "common/plan/piece.h"
#include "common/plan/version_group.h"
#include "tests/support/plans.h"
#include "tests/support/versions.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

using Shares = std::vector<Share>;
using Pieces = std::vector<Piece>;

InstancePlan PoissonAt(double rate_per_s) {
  InstancePlan instance = ListInstance("p", {}, 10);
  instance.arrivals.kind = ArrivalKind::kPoisson;
  instance.arrivals.rate = rate_per_s;
  return instance;
}

Plan TwoVersions(double rate_per_s, Pairing pairing) {
  return PlanOf(VersionsOf(PoissonAt(rate_per_s), 2, pairing), 10);
}

// Fails unless every list has the stripes of an instance's versions together.
void ExpectTogether(const Plan& plan, const std::vector<Shares>& parts) {
  for (const Shares& shares : parts) {
    std::set<std::tuple<size_t, uint64_t, uint64_t>> held;
    for (const Share& share : shares) {
      held.insert({share.instance, share.index, share.count});
    }
    for (const Share& share : shares) {
      const auto& version = plan.instances[share.instance].arrivals.version;
      if (!version || version->pairing == Pairing::kSplit) continue;
      for (size_t i = FirstVersion(plan, share.instance);
           i < VersionsEnd(plan, share.instance); ++i) {
        EXPECT_TRUE(held.contains({i, share.index, share.count}))
            << "instance " << i << " is not where " << share.instance << " is";
      }
    }
  }
}

TEST(VersionPlacementTest, GroupsAreKnownFromAnyOfTheirVersions) {
  Plan plan = PlanOf({PoissonAt(1)}, 10);
  Append(VersionsOf(PoissonAt(1), 3, Pairing::kBoth), plan);
  Append(VersionsOf(PoissonAt(1), 2, Pairing::kSplit), plan);
  constexpr size_t kRows[][3] = {
      {0, 0, 1}, {1, 1, 4}, {3, 1, 4}, {4, 4, 6}, {5, 4, 6}};
  for (const auto& [instance, first, end] : kRows) {
    EXPECT_EQ(FirstVersion(plan, instance), first);
    EXPECT_EQ(VersionsEnd(plan, instance), end);
  }
  EXPECT_THAT(PlacedWith(plan), ElementsAre(0, 1, 1, 1, 4, 5));
}

TEST(VersionPlacementTest, PairedVersionsAreOneThingToPlace) {
  // 4 + 4 on one worker, though one each would balance.
  EXPECT_THAT(
      PartitionPlan(PlanOf(VersionsOf(PoissonAt(0), 2, Pairing::kBoth), 10), 2),
      ElementsAre(Shares{{0, 0, 1}, {1, 0, 1}}, Shares{}));
  EXPECT_THAT(
      PartitionPlan(TwoVersions(4, Pairing::kBoth), 2),
      ElementsAre(Shares{{0, 0, 2}, {1, 0, 2}}, Shares{{0, 1, 2}, {1, 1, 2}}));
}

TEST(VersionPlacementTest, SplitVersionsAreAnyInstances) {
  EXPECT_THAT(PartitionPlan(TwoVersions(4, Pairing::kSplit), 2),
              ElementsAre(Shares{{0, 0, 1}}, Shares{{1, 0, 1}}));
}

TEST(VersionPlacementTest, PairedVersionsStayTogetherOnWorkersAndEngines) {
  StreamRng rng(1, "versions");
  for (int round = 0; round < 300; ++round) {
    Plan plan = PlanOf({}, 10);
    const size_t instances = 1 + rng.Next() % 6;
    for (size_t i = 0; i < instances; ++i) {
      const InstancePlan instance =
          PoissonAt(std::pow(10, 4 * rng.Uniform() - 1));
      const auto count = static_cast<uint32_t>(rng.Next() % 5);
      if (count < kMinVersions) {
        plan.instances.push_back(instance);
      } else {
        Append(
            VersionsOf(instance, count,
                       rng.Next() % 4 == 0 ? Pairing::kSplit : Pairing::kBoth),
            plan);
      }
    }
    const std::vector<Shares> workers = PartitionPlan(plan, 1 + rng.Next() % 9);
    ExpectTogether(plan, workers);
    std::vector<std::vector<int>> owners(plan.instances.size(),
                                         std::vector<int>(200, 0));
    for (const Shares& worker : workers) {
      const auto engines = PartitionShares(plan, worker, 1 + rng.Next() % 5);
      ExpectTogether(plan, engines);
      for (const Shares& engine : engines) {
        for (const Share& share : engine) {
          for (uint64_t i = 0; i < 200; ++i) {
            owners[share.instance][i] += share.Owns(i) ? 1 : 0;
          }
        }
      }
    }
    for (const std::vector<int>& counts : owners) {
      ASSERT_THAT(counts, ::testing::Each(1));
    }
  }
}

TEST(VersionPlacementTest, HeirsGetTheSameStripesOfPairedVersions) {
  Plan plan = PlanOf({PoissonAt(1)}, 10);
  Append(VersionsOf(PoissonAt(1), 2, Pairing::kBoth), plan);
  Pieces lost = {{{{0, 0, 1}, {1, 1, 3}, {2, 1, 3}}}};
  const auto heirs = DivideFrom(500, 2, true, lost, PlacedWith(plan));
  ASSERT_EQ(heirs.size(), 2u);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 0, 2}, {1, 1, 6}, {2, 1, 6}}, 500}}));
  EXPECT_EQ(heirs[1], Pieces({{{{0, 1, 2}, {1, 4, 6}, {2, 4, 6}}, 500}}));
}

TEST(VersionPlacementTest, OneHeirGetsPairedVersionsThatAreNotStriped) {
  Plan plan = PlanOf({PoissonAt(1)}, 10);
  Append(VersionsOf(PoissonAt(1), 2, Pairing::kBoth), plan);
  plan.instances.push_back(PoissonAt(1));
  constexpr uint64_t kThin = uint64_t{1} << 20;
  const Pieces whole = {{{{0, 0, kThin},
                          {1, 0, kThin},
                          {1, 7, kThin},
                          {2, 0, kThin},
                          {2, 7, kThin},
                          {3, 0, kThin}}}};
  Pieces lost = whole;
  const auto heirs = DivideFrom(500, 2, true, lost, PlacedWith(plan));
  EXPECT_EQ(heirs[0],
            Pieces({{{{0, 0, kThin}, {1, 7, kThin}, {2, 7, kThin}}, 500}}));
  EXPECT_EQ(heirs[1],
            Pieces({{{{1, 0, kThin}, {2, 0, kThin}, {3, 0, kThin}}, 500}}));
}

}  // namespace
}  // namespace invocator
