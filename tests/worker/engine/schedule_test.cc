#include "worker/engine/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <tuple>
#include <vector>

#include "common/plan/partition.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

constexpr int64_t kS = 1'000'000'000;

using Invocations = std::vector<ScheduledInvocation>;

Invocations TakeAll(Schedule& schedule) {
  Invocations taken;
  while (schedule.NextNs() != Schedule::kNever) {
    const int64_t next_ns = schedule.NextNs();
    taken.push_back(schedule.Take(/*hold=*/false));
    EXPECT_EQ(taken.back().scheduled_ns, next_ns);
  }
  return taken;
}

InstancePlan PoissonInstance(const char* name, double rate_per_s) {
  InstancePlan instance = ListInstance(name, {}, 10);
  instance.arrivals.kind = ArrivalKind::kPoisson;
  instance.arrivals.seed = 5;
  instance.arrivals.rate = rate_per_s;
  return instance;
}

bool Earlier(const ScheduledInvocation& a, const ScheduledInvocation& b) {
  return std::tie(a.scheduled_ns, a.instance, a.sequence) <
         std::tie(b.scheduled_ns, b.instance, b.sequence);
}

TEST(ScheduleTest, InstancesAreInterleavedByTime) {
  const Plan plan = PlanOf(
      {ListInstance("a", {1, 2}, 10), ListInstance("b", {2, 2}, 10)}, 10);
  Schedule schedule(plan, WholeShares(plan));
  EXPECT_EQ(TakeAll(schedule),
            Invocations(
                {{0, 0, kS}, {1, 0, 2 * kS}, {0, 1, 3 * kS}, {1, 1, 4 * kS}}));
  EXPECT_TRUE(schedule.exhausted());
}

TEST(ScheduleTest, TiesGoByInstanceThenSequence) {
  const Plan plan = PlanOf(
      {ListInstance("a", {1, 0}, 10), ListInstance("b", {1, 0}, 10)}, 10);
  // The order of the shares is no part of it.
  Schedule schedule(plan, {{1, 0, 1}, {0, 0, 1}});
  EXPECT_EQ(TakeAll(schedule),
            Invocations({{0, 0, kS}, {0, 1, kS}, {1, 0, kS}, {1, 1, kS}}));
}

TEST(ScheduleTest, AnEmptyScheduleIsExhausted) {
  const Plan plan = PlanOf({ListInstance("a", {}, 10)}, 10);
  Schedule schedule(plan, WholeShares(plan));
  EXPECT_TRUE(schedule.exhausted());
  EXPECT_EQ(schedule.NextNs(), Schedule::kNever);
}

TEST(ScheduleTest, AShareTakesItsOwnSequencesOnly) {
  const Plan plan = PlanOf({ListInstance("a", {1, 1, 1, 1, 1}, 10)}, 10);
  Schedule schedule(plan, {{0, 1, 2}});
  EXPECT_EQ(TakeAll(schedule), Invocations({{0, 1, 2 * kS}, {0, 3, 4 * kS}}));
}

TEST(ScheduleTest, SharesOfAnyPartitionAddUpToThePlan) {
  const Plan plan = PlanOf({PoissonInstance("a", 100), PoissonInstance("b", 7),
                            ListInstance("c", {1, 1, 0, 3}, 10)},
                           10);
  Schedule whole(plan, WholeShares(plan));
  const Invocations expected = TakeAll(whole);
  ASSERT_GT(expected.size(), 800u);
  for (size_t workers : {2u, 3u, 7u}) {
    Invocations together;
    for (const std::vector<Share>& shares : PartitionPlan(plan, workers)) {
      Schedule schedule(plan, shares);
      const Invocations part = TakeAll(schedule);
      EXPECT_TRUE(std::is_sorted(part.begin(), part.end(), Earlier));
      together.insert(together.end(), part.begin(), part.end());
    }
    std::sort(together.begin(), together.end(), Earlier);
    EXPECT_EQ(together, expected) << workers << " workers";
  }
}

TEST(ScheduleTest, AHeldShareWaitsForItsReturn) {
  const Plan plan =
      PlanOf({ListInstance("a", {1, 1}, 10), ListInstance("b", {5}, 10)}, 10);
  Schedule schedule(plan, WholeShares(plan));
  EXPECT_EQ(schedule.Take(/*hold=*/true).instance, 0u);
  EXPECT_EQ(schedule.NextNs(), 5 * kS);  // not 2 s
  schedule.Return(0);
  EXPECT_EQ(schedule.NextNs(), 2 * kS);
}

TEST(ScheduleTest, AHeldShareKeepsTheScheduleFromBeingExhausted) {
  const Plan plan = PlanOf({ListInstance("a", {1, 1}, 10)}, 10);
  Schedule schedule(plan, WholeShares(plan));
  schedule.Take(/*hold=*/true);
  EXPECT_EQ(schedule.NextNs(), Schedule::kNever);
  EXPECT_FALSE(schedule.exhausted());
  schedule.Return(0);
  schedule.Take(/*hold=*/true);
  EXPECT_TRUE(schedule.exhausted());  // its last: nothing is held
}

// The plan's invocations from an instant on, as a replan takes them.
Invocations TakeFrom(const Plan& plan, const std::vector<Share>& shares,
                     int64_t from_ns) {
  Schedule schedule(plan, {});
  schedule.Add(Schedule::LinesFrom(plan, shares, from_ns));
  return TakeAll(schedule);
}

TEST(ScheduleTest, LinesFromAnArrivalsInstantIncludeIt) {
  const Plan plan = PlanOf({ListInstance("a", {1, 1, 1}, 10)}, 10);
  const Invocations last_two = {{0, 1, 2 * kS}, {0, 2, 3 * kS}};
  EXPECT_EQ(TakeFrom(plan, WholeShares(plan), kS + 1), last_two);
  EXPECT_EQ(TakeFrom(plan, WholeShares(plan), 2 * kS), last_two);
  EXPECT_EQ(TakeFrom(plan, WholeShares(plan), 2 * kS + 1),
            Invocations({{0, 2, 3 * kS}}));
}

TEST(ScheduleTest, ASharesLinesFromAnInstantAreItsOwn) {
  const Plan plan = PlanOf({ListInstance("a", {1, 1, 1, 1, 1}, 10)}, 10);
  EXPECT_EQ(TakeFrom(plan, {{0, 1, 2}}, 2 * kS + 1),
            Invocations({{0, 3, 4 * kS}}));
}

TEST(ScheduleTest, AShareThatHasNothingLeftHasNoLine) {
  const Plan plan =
      PlanOf({ListInstance("a", {1}, 10), ListInstance("b", {3}, 10)}, 10);
  EXPECT_EQ(Schedule::LinesFrom(plan, WholeShares(plan), 2 * kS).size(), 1u);
  EXPECT_TRUE(Schedule::LinesFrom(plan, WholeShares(plan), 4 * kS).empty());
}

TEST(ScheduleTest, LinesThatAreGivenUpEndWithThoseFoundSoFar) {
  const Plan plan =
      PlanOf({ListInstance("a", {5}, 10), ListInstance("b", {1, 4}, 10)}, 10);
  const std::atomic<bool> give_up = true;
  const auto lines =
      Schedule::LinesFrom(plan, WholeShares(plan), 2 * kS, give_up);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].share.instance, 0u);
}

TEST(ScheduleTest, LinesAreAddedAmongThoseThatAreThere) {
  const Plan plan = PlanOf({ListInstance("a", {2, 2, 2}, 10)}, 10);
  Schedule schedule(plan, {{0, 0, 2}});
  schedule.Take(/*hold=*/false);
  schedule.Add(Schedule::LinesFrom(plan, {{0, 1, 2}}, 3 * kS));
  EXPECT_EQ(TakeAll(schedule), Invocations({{0, 1, 4 * kS}, {0, 2, 6 * kS}}));
}

TEST(ScheduleTest, SeveralHeldSharesReturnEachByItsInstance) {
  const Plan plan = PlanOf(
      {ListInstance("a", {1, 3}, 10), ListInstance("b", {2, 3}, 10)}, 10);
  Schedule schedule(plan, WholeShares(plan));
  schedule.Take(/*hold=*/true);
  schedule.Take(/*hold=*/true);
  schedule.Return(1);
  EXPECT_EQ(schedule.NextNs(), 5 * kS);
  schedule.Return(0);
  EXPECT_EQ(schedule.NextNs(), 4 * kS);
}

TEST(ScheduleTest, ReturnsOfWhatIsNotHeldAreLetPass) {
  const Plan plan =
      PlanOf({ListInstance("a", {1}, 10), ListInstance("b", {2, 2}, 10)}, 10);
  Schedule schedule(plan, WholeShares(plan));
  schedule.Take(/*hold=*/true);
  schedule.Return(0);  // after its last
  schedule.Return(1);  // never held
  EXPECT_EQ(TakeAll(schedule), Invocations({{1, 0, 2 * kS}, {1, 1, 4 * kS}}));
}

TEST(ScheduleTest, IsExhaustedBeforeAnInstantWhenNothingIsLeftThatLiesBefore) {
  const Plan plan =
      PlanOf({ListInstance("a", {1, 1}, 10), ListInstance("b", {5}, 10)}, 10);
  Schedule schedule(plan, WholeShares(plan));
  EXPECT_TRUE(schedule.ExhaustedBefore(1 * kS));
  EXPECT_FALSE(schedule.ExhaustedBefore(1 * kS + 1));
  schedule.Take(/*hold=*/true);
  // Held, its next one at 2 s, it is still to come.
  EXPECT_TRUE(schedule.ExhaustedBefore(2 * kS));
  EXPECT_FALSE(schedule.ExhaustedBefore(2 * kS + 1));
  schedule.Return(0);
  schedule.Take(/*hold=*/false);
  EXPECT_TRUE(schedule.ExhaustedBefore(5 * kS));
  EXPECT_FALSE(schedule.ExhaustedBefore(5 * kS + 1));
  schedule.Take(/*hold=*/false);
  EXPECT_TRUE(schedule.ExhaustedBefore(Schedule::kNever));
}

}  // namespace
}  // namespace invocator
