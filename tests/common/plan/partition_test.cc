#include "common/plan/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "common/arrivals/rng.h"

namespace invocator {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Shares = std::vector<Share>;

InstancePlan PoissonAt(double rate_per_s) {
  InstancePlan instance;
  instance.arrivals.rate = rate_per_s;
  instance.arrivals.duration_s = 10;
  instance.arrivals.window_end_s = 10;
  return instance;
}

InstancePlan ListOf(std::vector<double> gaps_s) {
  InstancePlan instance = PoissonAt(0);
  instance.arrivals.kind = ArrivalKind::kList;
  instance.arrivals.gaps_s = std::move(gaps_s);
  return instance;
}

Plan PlanOf(const std::vector<double>& rates_per_s) {
  Plan plan;
  plan.duration_s = 10;
  for (double rate : rates_per_s) plan.instances.push_back(PoissonAt(rate));
  return plan;
}

Share Whole(size_t instance) { return {instance, 0, 1}; }

TEST(MeanRateTest, OfAProcessIsItsRate) {
  EXPECT_EQ(MeanRate(PoissonAt(2.5)), 2.5);
}

TEST(MeanRateTest, OfAListIsItsCountOverItsSpan) {
  EXPECT_EQ(MeanRate(ListOf({1, 1, 2})), 0.75);
}

TEST(MeanRateTest, OfAListCountsNothingPastTheDuration) {
  EXPECT_EQ(MeanRate(ListOf({5, 100, 1, 1})), 0.2);
  EXPECT_EQ(MeanRate(ListOf({})), 0);
}

TEST(MeanRateTest, OfABurstIsFinite) {
  EXPECT_EQ(MeanRate(ListOf({0, 0, 0})), 0.3);
  EXPECT_EQ(MeanRate(ListOf({0, 1e-9, 0})), kMaxRatePerS);
}

InstancePlan Shaped(std::vector<RatePoint> points, double every_s = 0) {
  InstancePlan instance = PoissonAt(0);
  instance.arrivals.rate.points = std::move(points);
  instance.arrivals.rate.every_s = every_s;
  return instance;
}

TEST(MeanRateTest, OfAShapeIsItsAreaOverTheTest) {
  EXPECT_DOUBLE_EQ(MeanRate(Shaped({{0, 0}, {5, 100}, {5, 20}})), 35);
  // 2.5 periods of 4 s, each of 10 calls, all of them in its first second.
  EXPECT_DOUBLE_EQ(MeanRate(Shaped({{0, 20}, {1, 0}}, 4)), 3);
}

TEST(MeanRateTest, OfShortPeriodsIsQuick) {
  InstancePlan instance = Shaped({{0, 0}, {0.001, 10}}, 0.001);
  instance.arrivals.duration_s = kMaxDurationS;
  EXPECT_NEAR(MeanRate(instance), 5, 1e-9);
}

TEST(MeanRateTest, CountsBurstsInTheLongRun) {
  InstancePlan instance = PoissonAt(3);
  instance.arrivals.bursts =
      Bursts{.per_s = 200, .mean_on_s = 2, .mean_off_s = 30};
  EXPECT_DOUBLE_EQ(MeanRate(instance), 15.5);
}

TEST(MeanRateTest, AddsSpikes) {
  InstancePlan instance = PoissonAt(3);
  instance.arrivals.spikes = {{1, 20}, {2, 50}};
  EXPECT_DOUBLE_EQ(MeanRate(instance), 10);
  instance.arrivals.spikes.push_back({3, kMaxCallsAtOnce});
  EXPECT_EQ(MeanRate(instance), kMaxRatePerS);
}

TEST(MeanRateTest, OfCountsIsThoseOfTheTestThinned) {
  InstancePlan instance = PoissonAt(0);
  instance.arrivals.kind = ArrivalKind::kCounts;
  instance.arrivals.counts = {.counts = {10, 20, 30, 40, 50}, .bin_s = 4};
  // Of three bins that begin in 10 s.
  EXPECT_DOUBLE_EQ(MeanRate(instance), 6);
  instance.arrivals.counts.thin = 0.5;
  EXPECT_DOUBLE_EQ(MeanRate(instance), 3);
  instance.arrivals.counts.speed = 2;
  EXPECT_DOUBLE_EQ(MeanRate(instance), 7.5);
}

TEST(PartitionPlanTest, OneWorkerPlaysEverythingWhole) {
  EXPECT_THAT(PartitionPlan(PlanOf({5, 100, 1}), 1),
              ElementsAre(Shares{Whole(0), Whole(1), Whole(2)}));
}

TEST(PartitionPlanTest, HeaviestFirstOnTheLeastLoaded) {
  // 8 | 7, then 4 beside 7, then 3 beside 8.
  EXPECT_THAT(
      PartitionPlan(PlanOf({3, 7, 4, 8}), 2),
      ElementsAre(Shares{Whole(0), Whole(3)}, Shares{Whole(1), Whole(2)}));
}

TEST(PartitionPlanTest, EqualInstancesAreNotSplitByRounding) {
  for (double rate : {0.1, 0.3, 0.7, 1.1, 1000.0 / 3}) {
    for (size_t workers : {2u, 3u, 7u, 10u, 49u}) {
      const Plan plan = PlanOf(std::vector<double>(workers, rate));
      EXPECT_THAT(PartitionPlan(plan, workers), Each(SizeIs(1)))
          << rate << " on " << workers;
    }
  }
}

TEST(PartitionPlanTest, AnInstanceAboveAFairShareIsStripedToFitIt) {
  // Fair share 4 of 12: 10 needs three stripes.
  EXPECT_THAT(PartitionPlan(PlanOf({10, 2}), 3),
              ElementsAre(Shares{{0, 0, 3}, {1, 0, 1}}, Shares{{0, 1, 3}},
                          Shares{{0, 2, 3}}));
}

TEST(PartitionPlanTest, StripesOfAnInstanceGoToDifferentWorkers) {
  // 5 first, then 3.5 beside it, though the other worker has only 3.5.
  EXPECT_THAT(PartitionPlan(PlanOf({7, 5}), 2),
              ElementsAre(Shares{{0, 1, 2}, {1, 0, 1}}, Shares{{0, 0, 2}}));
}

TEST(PartitionPlanTest, ABlockingPlanIsNeverSplit) {
  Plan plan = PlanOf({1000, 1});
  plan.blocking = true;
  EXPECT_THAT(PartitionPlan(plan, 3),
              ElementsAre(Shares{Whole(0)}, Shares{Whole(1)}, IsEmpty()));
}

TEST(PartitionPlanTest, RatesOfZeroAreStillPlayedBySomebody) {
  EXPECT_THAT(PartitionPlan(PlanOf({0, 0}), 3),
              ElementsAre(Shares{Whole(0), Whole(1)}, IsEmpty(), IsEmpty()));
}

TEST(PartitionPlanTest, AnEmptyPlanGivesEmptyShares) {
  EXPECT_THAT(PartitionPlan(PlanOf({}), 2), ElementsAre(IsEmpty(), IsEmpty()));
}

TEST(PartitionSharesTest, AStripeIsStripedAgain) {
  const Plan plan = PlanOf({100});
  EXPECT_THAT(PartitionShares(plan, {{0, 1, 3}}, 2),
              ElementsAre(Shares{{0, 1, 6}}, Shares{{0, 4, 6}}));
}

TEST(PartitionSharesTest, WeighsAStripeByItsPart) {
  // 90/9 = 10 beside 10: one engine each.
  const Plan plan = PlanOf({90, 10});
  EXPECT_THAT(PartitionShares(plan, {{0, 4, 9}, {1, 0, 1}}, 2),
              ElementsAre(Shares{{0, 4, 9}}, Shares{{1, 0, 1}}));
}

// Random plans, cut for workers and then for engines.
class PartitionPropertyTest : public ::testing::TestWithParam<bool> {
 protected:
  static Plan RandomPlan(StreamRng& rng) {
    Plan plan = PlanOf({});
    plan.blocking = GetParam();
    const size_t instances = rng.Next() % 12;
    for (size_t i = 0; i < instances; ++i) {
      // Over six orders of magnitude, and some of zero.
      const double rate =
          rng.Next() % 8 == 0 ? 0 : std::pow(10, 6 * rng.Uniform() - 1);
      plan.instances.push_back(PoissonAt(rate));
    }
    return plan;
  }
};

TEST_P(PartitionPropertyTest, EveryInvocationIsPlayedByExactlyOneEngine) {
  StreamRng rng(1, "partition");
  for (int round = 0; round < 300; ++round) {
    const Plan plan = RandomPlan(rng);
    const size_t workers = 1 + rng.Next() % 9;
    std::vector<std::vector<int>> owners(plan.instances.size(),
                                         std::vector<int>(500, 0));
    for (const Shares& worker : PartitionPlan(plan, workers)) {
      const size_t engines = 1 + rng.Next() % 5;
      const std::vector<Shares> parts = PartitionShares(plan, worker, engines);
      EXPECT_THAT(parts, SizeIs(engines));
      for (const Shares& engine : parts) {
        for (const Share& share : engine) {
          ASSERT_LT(share.index, share.count);
          for (uint64_t i = 0; i < 500; ++i) {
            if (share.Owns(i)) ++owners[share.instance][i];
          }
        }
      }
    }
    for (const std::vector<int>& counts : owners) {
      ASSERT_THAT(counts, Each(1));
    }
  }
}

TEST_P(PartitionPropertyTest, SharesAreSortedAndBalanced) {
  StreamRng rng(2, "partition");
  for (int round = 0; round < 300; ++round) {
    const Plan plan = RandomPlan(rng);
    const size_t workers = 1 + rng.Next() % 9;
    double total = 0;
    double heaviest = 0;
    for (const InstancePlan& instance : plan.instances) {
      total += MeanRate(instance);
      heaviest = std::max(heaviest, MeanRate(instance));
    }
    const double fair = total / static_cast<double>(workers);
    for (const Shares& shares : PartitionPlan(plan, workers)) {
      EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end(),
                                 [](const Share& a, const Share& b) {
                                   return std::pair(a.instance, a.index) <
                                          std::pair(b.instance, b.index);
                                 }));
      double load = 0;
      for (const Share& share : shares) {
        EXPECT_TRUE(!plan.blocking || share.count == 1);
        load += MeanRate(plan.instances[share.instance]) /
                static_cast<double>(share.count);
      }
      // List scheduling: the mean and one piece, which is no more than a fair
      // share where splitting is allowed.
      const double piece = plan.blocking ? heaviest : fair;
      EXPECT_LE(load, (fair + piece) * 1.000001);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OpenAndBlocking, PartitionPropertyTest,
                         ::testing::Bool());

}  // namespace
}  // namespace invocator
