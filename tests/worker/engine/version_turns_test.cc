// The order in which an engine sends the calls of an instance's versions.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "common/plan/partition.h"
#include "tests/support/plans.h"
#include "tests/support/versions.h"
#include "worker/engine/schedule.h"

namespace invocator {
namespace {

// (instance, sequence) in the order of sending.
using Calls = std::vector<std::pair<uint32_t, uint64_t>>;

Calls CallsOf(const Plan& plan, const std::vector<Share>& shares) {
  Schedule schedule(plan, shares);
  Calls calls;
  while (schedule.NextNs() != Schedule::kNever) {
    const ScheduledInvocation call = schedule.Take(/*hold=*/false);
    calls.emplace_back(call.instance, call.sequence);
  }
  return calls;
}

InstancePlan Instance1(std::vector<double> gaps_s) {
  InstancePlan instance = ListInstance("instance1", std::move(gaps_s), 100);
  instance.arrivals.seed = 100;
  return instance;
}

// The orders are those of tests/end_to_end/version_coin.py, for two versions
// (0 first three times, then 1) and three.
TEST(VersionTurnsTest, PairedCallsGoByTheCoin) {
  const Plan plan =
      PlanOf(VersionsOf(Instance1({1, 1, 1, 1, 1}), 2, Pairing::kBoth), 100);
  EXPECT_EQ(CallsOf(plan, {{1, 0, 1}, {0, 0, 1}}), Calls({{0, 0},
                                                          {1, 0},
                                                          {0, 1},
                                                          {1, 1},
                                                          {0, 2},
                                                          {1, 2},
                                                          {1, 3},
                                                          {0, 3},
                                                          {1, 4},
                                                          {0, 4}}));
}

TEST(VersionTurnsTest, PairedCallsOfOneInstantGoPairByPair) {
  const Plan plan =
      PlanOf(VersionsOf(Instance1({1, 0, 0, 0, 0, 0}), 3, Pairing::kBoth), 100);
  EXPECT_EQ(CallsOf(plan, WholeShares(plan)), Calls({{0, 0},
                                                     {2, 0},
                                                     {1, 0},
                                                     {0, 1},
                                                     {1, 1},
                                                     {2, 1},
                                                     {2, 2},
                                                     {0, 2},
                                                     {1, 2},
                                                     {2, 3},
                                                     {1, 3},
                                                     {0, 3},
                                                     {1, 4},
                                                     {0, 4},
                                                     {2, 4},
                                                     {1, 5},
                                                     {2, 5},
                                                     {0, 5}}));
}

TEST(VersionTurnsTest, AStripeHasItsOwnPairs) {
  const Plan plan =
      PlanOf(VersionsOf(Instance1({1, 1, 1, 1, 1}), 2, Pairing::kBoth), 100);
  EXPECT_EQ(CallsOf(plan, {{0, 1, 2}, {1, 1, 2}}),
            Calls({{0, 1}, {1, 1}, {1, 3}, {0, 3}}));
}

TEST(VersionTurnsTest, SplitCallsOfOneInstantKeepTheirRounds) {
  const Plan plan = PlanOf(
      VersionsOf(Instance1({1, 0, 0, 0, 0, 0, 0, 0}), 2, Pairing::kSplit), 100);
  EXPECT_EQ(
      CallsOf(plan, WholeShares(plan)),
      Calls({{0, 0}, {1, 0}, {0, 1}, {1, 1}, {0, 2}, {1, 2}, {1, 3}, {0, 3}}));
}

TEST(VersionTurnsTest, OtherInstancesKeepTheirPlace) {
  Plan plan = PlanOf({ListInstance("before", {1, 0}, 100)}, 100);
  Append(VersionsOf(Instance1({1, 0, 0, 0}), 2, Pairing::kBoth), plan);
  plan.instances.push_back(ListInstance("after", {1}, 100));
  EXPECT_EQ(CallsOf(plan, WholeShares(plan)), Calls({{0, 0},
                                                     {0, 1},
                                                     {1, 0},
                                                     {2, 0},
                                                     {1, 1},
                                                     {2, 1},
                                                     {1, 2},
                                                     {2, 2},
                                                     {2, 3},
                                                     {1, 3},
                                                     {3, 0}}));
}

}  // namespace
}  // namespace invocator
