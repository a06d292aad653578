#include "worker/engine/pacer.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/plans.h"
#include "worker/engine/schedule.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

class PacerTest : public ::testing::Test {
 protected:
  void Plan10ms(int count, PacerOptions options) {
    Use(PlanOf({ListInstance(
                   "a", std::vector<double>(static_cast<size_t>(count), 0.010),
                   100)},
               100),
        options);
  }

  void Use(Plan plan, PacerOptions options) {
    plan_ = std::move(plan);
    schedule_ = std::make_unique<Schedule>(plan_, WholeShares(plan_));
    pacer_ =
        std::make_unique<Pacer>(*schedule_, plan_.instances.size(), options);
  }

  // Sequences taken at `now_ns`.
  std::vector<uint64_t> Take(int64_t now_ns) {
    std::vector<uint64_t> taken;
    while (const auto due = pacer_->TakeDue(now_ns)) {
      taken.push_back(due->sequence);
      last_ = *due;
    }
    return taken;
  }

  uint64_t Dropped() {
    uint64_t sum = 0;
    pacer_->TakeDropped([&](const DroppedCall&) { ++sum; });
    return sum;
  }

  Plan plan_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<Pacer> pacer_;
  DueInvocation last_;
};

using Sequences = std::vector<uint64_t>;

TEST_F(PacerTest, NothingIsDueBeforeItsInstant) {
  Plan10ms(3, {.max_in_flight = 10});
  EXPECT_EQ(Take(10 * kMs - 1), Sequences{});
  EXPECT_EQ(pacer_->NextDueNs(), 10 * kMs);
  EXPECT_EQ(Take(10 * kMs), Sequences{0});
}

TEST_F(PacerTest, WhatWasMissedIsAllDueAtOnceInOrder) {
  Plan10ms(5, {.max_in_flight = 10});
  EXPECT_EQ(Take(45 * kMs), (Sequences{0, 1, 2, 3}));
}

TEST_F(PacerTest, AtTheLimitInvocationsWaitAndKeepTheirInstants) {
  Plan10ms(3, {.max_in_flight = 1});
  EXPECT_EQ(Take(30 * kMs), Sequences{0});
  EXPECT_EQ(pacer_->NextDueNs(), Schedule::kNever);
  pacer_->Ended(0, 35 * kMs);
  EXPECT_EQ(Take(35 * kMs), Sequences{1});
  EXPECT_EQ(last_.scheduled_ns, 20 * kMs);
}

TEST_F(PacerTest, AtTheLimitInvocationsAreDroppedWhenAskedFor) {
  Plan10ms(4, {.max_in_flight = 1, .drop_on_overload = true});
  EXPECT_EQ(Take(30 * kMs), Sequences{0});
  EXPECT_EQ(Dropped(), 2u);
  EXPECT_EQ(Dropped(), 0u);
  pacer_->Ended(0, 35 * kMs);
  EXPECT_EQ(Take(40 * kMs), Sequences{3});
  EXPECT_TRUE(pacer_->exhausted());
}

TEST_F(PacerTest, TimeAtTheLimitIsWhenSomethingHadToWait) {
  Plan10ms(3, {.max_in_flight = 1});
  Take(10 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(15 * kMs), 0);
  Take(20 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(25 * kMs), 5 * kMs);
  pacer_->Ended(0, 27 * kMs);
  Take(27 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(28 * kMs), 7 * kMs);
}

TEST_F(PacerTest, TimeAtTheLimitEndsWithACallAlsoWhenDropping) {
  Plan10ms(2, {.max_in_flight = 1, .drop_on_overload = true});
  Take(20 * kMs);
  pacer_->Ended(0, 23 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(5000 * kMs), 3 * kMs);
}

TEST_F(PacerTest, SeparateWaitsAtTheLimitAddUp) {
  Plan10ms(4, {.max_in_flight = 1});
  Take(10 * kMs);
  Take(20 * kMs);
  pacer_->Ended(0, 23 * kMs);
  Take(23 * kMs);
  Take(30 * kMs);
  pacer_->Ended(0, 34 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(34 * kMs), (3 + 4) * kMs);
  Take(34 * kMs);
  Take(40 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(45 * kMs), (3 + 4 + 5) * kMs);
}

TEST_F(PacerTest, AWaitAtTheLimitBeginsWithTheFirstThatHadToWait) {
  Plan10ms(4, {.max_in_flight = 1});
  Take(10 * kMs);
  Take(20 * kMs);
  Take(25 * kMs);
  Take(30 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(35 * kMs), 15 * kMs);
}

TEST_F(PacerTest, AWaitCountsThoughNobodyLookedWhileItLasted) {
  Plan10ms(3, {.max_in_flight = 1});
  Take(10 * kMs);
  pacer_->Ended(0, 95 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(99 * kMs), (95 - 20) * kMs);
  Take(99 * kMs);  // late, and the third waits for it
  EXPECT_EQ(pacer_->AtLimitNs(100 * kMs), (95 - 20 + 1) * kMs);
}

TEST_F(PacerTest, BelowTheLimitAndWithNothingLeftNobodyWaits) {
  Plan10ms(2, {.max_in_flight = 2});
  Take(10 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(50 * kMs), 0);  // only the engine was late
  Take(50 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(90 * kMs), 0);
  pacer_->Ended(0, 95 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(99 * kMs), 0);
}

TEST_F(PacerTest, SeparateDropsAddUpAndATakeInBetweenEndsTheFirst) {
  Plan10ms(5, {.max_in_flight = 1, .drop_on_overload = true});
  Take(10 * kMs);
  Take(20 * kMs);
  Take(30 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(31 * kMs), 11 * kMs);
  pacer_->Ended(0, 33 * kMs);
  Take(40 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(45 * kMs), 13 * kMs);
  Take(50 * kMs);
  EXPECT_EQ(pacer_->AtLimitNs(52 * kMs), 15 * kMs);
}

TEST_F(PacerTest, TheLimitCountsWhatIsInFlight) {
  Plan10ms(5, {.max_in_flight = 2});
  EXPECT_EQ(Take(50 * kMs), (Sequences{0, 1}));
  EXPECT_EQ(pacer_->in_flight(), 2u);
  pacer_->Ended(0, 51 * kMs);
  EXPECT_EQ(pacer_->in_flight(), 1u);
  EXPECT_EQ(pacer_->NextDueNs(), 30 * kMs);
  EXPECT_EQ(Take(51 * kMs), Sequences{2});
}

TEST_F(PacerTest, WhenDroppingTheNextIsDueAlsoAtTheLimit) {
  Plan10ms(2, {.max_in_flight = 1, .drop_on_overload = true});
  Take(10 * kMs);
  EXPECT_EQ(pacer_->NextDueNs(), 20 * kMs);
}

TEST_F(PacerTest, DropsCarryTheirInstantsAndAreTakenOnce) {
  Use(PlanOf({ListInstance("a", {0.001, 0.003}, 1),
              ListInstance("b", {0.002, 0.001, 0.002}, 1)},
             1),
      {.max_in_flight = 1, .drop_on_overload = true});
  // Instances and instants in ms, in the order of the schedule.
  using Calls = std::vector<std::pair<uint32_t, int64_t>>;
  const auto dropped = [this] {
    Calls calls;
    pacer_->TakeDropped([&](const DroppedCall& call) {
      calls.emplace_back(call.instance, call.scheduled_ns / kMs);
      EXPECT_EQ(call.scheduled_ns % kMs, 0);
    });
    return calls;
  };
  Take(3 * kMs);
  EXPECT_EQ(dropped(), (Calls{{1, 2}, {1, 3}}));
  Take(9 * kMs);
  EXPECT_EQ(dropped(), (Calls{{0, 4}, {1, 5}}));
  EXPECT_EQ(dropped(), Calls{});
}

TEST_F(PacerTest, ABlockingInstanceWaitsForItsCallAndSaysHowLong) {
  Plan10ms(3, {.max_in_flight = 10, .blocking = true});
  EXPECT_EQ(Take(25 * kMs), Sequences{0});
  EXPECT_EQ(last_.blocked_ns, 0);
  pacer_->Ended(0, 26 * kMs);
  EXPECT_EQ(Take(26 * kMs), Sequences{1});
  EXPECT_EQ(last_.blocked_ns, 6 * kMs);
  pacer_->Ended(0, 28 * kMs);
  EXPECT_EQ(Take(29 * kMs), Sequences{});
  EXPECT_EQ(Take(30 * kMs), Sequences{2});
  EXPECT_EQ(last_.blocked_ns, 0);
}

TEST_F(PacerTest, ABlockingInstanceDoesNotHoldUpAnother) {
  Use(PlanOf({ListInstance("slow", {0.001, 0.001}, 1),
              ListInstance("quick", {0.002, 0.002}, 1)},
             1),
      {.max_in_flight = 10, .blocking = true});
  Take(1 * kMs);
  EXPECT_EQ(Take(5 * kMs), Sequences{0});
  EXPECT_EQ(last_.instance, 1u);
}

TEST_F(PacerTest, InstancesAreMergedInTheOrderOfTheirInstants) {
  Use(PlanOf({ListInstance("a", {0.003, 0.001}, 1),
              ListInstance("b", {0.001, 0.002, 0.002}, 1)},
             1),
      {.max_in_flight = 10});
  std::vector<std::pair<uint32_t, int64_t>> order;
  while (const auto due = pacer_->TakeDue(1000 * kMs)) {
    order.emplace_back(due->instance, due->scheduled_ns / kMs);
  }
  EXPECT_EQ(order, (std::vector<std::pair<uint32_t, int64_t>>{
                       {1, 1}, {0, 3}, {1, 3}, {0, 4}, {1, 5}}));
}

TEST_F(PacerTest, WhatIsScheduledAtTheBoundOrLaterIsNotDue) {
  Use(PlanOf({ListInstance("a", {0.001, 0.001, 0.001}, 1)}, 1),
      {.max_in_flight = 10});
  EXPECT_TRUE(pacer_->TakeDue(9 * kMs, /*before_ns=*/2 * kMs));
  EXPECT_FALSE(pacer_->TakeDue(9 * kMs, /*before_ns=*/2 * kMs));
  EXPECT_TRUE(pacer_->TakeDue(9 * kMs, /*before_ns=*/2 * kMs + 1));
  EXPECT_FALSE(pacer_->ExhaustedBefore(3 * kMs + 1));
  EXPECT_TRUE(pacer_->ExhaustedBefore(3 * kMs));
}

TEST_F(PacerTest, BeyondTheBoundNothingIsDroppedEither) {
  Use(PlanOf({ListInstance("a", {0.001, 0.001, 0.001}, 1)}, 1),
      {.max_in_flight = 1, .drop_on_overload = true});
  EXPECT_TRUE(pacer_->TakeDue(9 * kMs, 3 * kMs));
  EXPECT_FALSE(pacer_->TakeDue(9 * kMs, 3 * kMs));
  EXPECT_EQ(Dropped(), 1u);
}

}  // namespace
}  // namespace invocator
