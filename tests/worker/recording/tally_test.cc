#include "worker/recording/tally.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "common/plan/digest.h"
#include "common/wire/histogram_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/tallies.h"

namespace invocator {
namespace {

Histogram Read(const wire::Histogram& message) {
  absl::StatusOr<Histogram> histogram = FromWire(message);
  EXPECT_TRUE(histogram.ok()) << histogram.status();
  return *std::move(histogram);
}

// The only bin of a delta.
const wire::BinDelta& OnlyBin(const wire::InstanceDelta& delta) {
  EXPECT_EQ(delta.bins_size(), 1);
  return delta.bins(0);
}

TEST(TallyTest, CountsByInstanceAndOutcome) {
  Tally tally(PlanOfInstances(3), 1);
  AddAll(tally, {MakeRecord(0, 0, Outcome::kOk), MakeRecord(2, 0, Outcome::kOk),
                 MakeRecord(2, 1, Outcome::kTimeout)});
  wire::Progress progress;
  EXPECT_FALSE(tally.TakeDeltas(kNoLimit, progress));
  ASSERT_EQ(progress.instances_size(), 2);  // nothing happened to the second
  EXPECT_EQ(progress.instances(0).instance(), 0u);
  EXPECT_EQ(OnlyBin(progress.instances(0)).sent(), 1u);
  const wire::InstanceDelta& delta = progress.instances(1);
  EXPECT_EQ(delta.instance(), 2u);
  const wire::BinDelta& bin = OnlyBin(delta);
  EXPECT_EQ(bin.sent(), 2u);
  ASSERT_EQ(bin.outcomes_size(), static_cast<int>(kOutcomes));
  EXPECT_EQ(bin.outcomes(static_cast<int>(Outcome::kOk)), 1u);
  EXPECT_EQ(bin.outcomes(static_cast<int>(Outcome::kTimeout)), 1u);
  EXPECT_EQ(Read(bin.lateness()).max_ns(), 10'000);
  EXPECT_EQ(Read(bin.service()).max_ns(), 2'000'000);
  EXPECT_EQ(Read(bin.response()).max_ns(), 2'010'000);
  EXPECT_FALSE(delta.has_own_lateness());
  EXPECT_FALSE(delta.has_blocked());
}

TEST(TallyTest, TheDigestIsTheSumOfItsTerms) {
  Tally tally(PlanOfInstances(1), 1);
  uint64_t expected = 0;
  std::vector<Record> records;
  for (uint64_t i = 0; i < 100; ++i) {
    records.push_back(MakeRecord(0, i, Outcome::kOk));
    expected += DigestTerm(HashName("f0"), i, records.back().scheduled_ns);
  }
  AddAll(tally, records);
  wire::Progress progress;
  tally.TakeDeltas(kNoLimit, progress);
  EXPECT_EQ(progress.instances(0).sent_digest(), expected);
}

TEST(TallyTest, DeltasHoldWhatIsNewOnly) {
  Tally tally(PlanOfInstances(2), 1);
  AddAll(tally, {MakeRecord(0, 0, Outcome::kOk)});
  wire::Progress first, second, third;
  tally.TakeDeltas(kNoLimit, first);
  AddAll(tally, {MakeRecord(0, 1, Outcome::kHttpError)});
  tally.TakeDeltas(kNoLimit, second);
  ASSERT_EQ(second.instances_size(), 1);
  const wire::InstanceDelta& delta = second.instances(0);
  EXPECT_EQ(OnlyBin(delta).sent(), 1u);
  EXPECT_EQ(OnlyBin(delta).outcomes(static_cast<int>(Outcome::kOk)), 0u);
  EXPECT_EQ(delta.sent_digest(), DigestTerm(HashName("f0"), 1, 1'000'000));
  EXPECT_EQ(Read(OnlyBin(delta).service()).count(), 1u);
  EXPECT_FALSE(tally.TakeDeltas(kNoLimit, third));
  EXPECT_EQ(third.instances_size(), 0);
}

TEST(TallyTest, DroppedAreCountedWithoutARecord) {
  Tally tally(PlanOfInstances(2), 1);
  for (int i = 0; i < 9; ++i) tally.AddDropped(Dropped(1));
  wire::Progress progress;
  tally.TakeDeltas(kNoLimit, progress);
  ASSERT_EQ(progress.instances_size(), 1);
  EXPECT_EQ(OnlyBin(progress.instances(0)).dropped(), 9u);
  EXPECT_EQ(OnlyBin(progress.instances(0)).sent(), 0u);
}

TEST(TallyTest, TheAbortedHaveLatenessButNoLatency) {
  Tally tally(PlanOfInstances(1), 1);
  AddAll(tally, {MakeRecord(0, 0, Outcome::kAborted)});
  wire::Progress progress;
  tally.TakeDeltas(kNoLimit, progress);
  const wire::BinDelta& bin = OnlyBin(progress.instances(0));
  EXPECT_EQ(bin.sent(), 1u);
  EXPECT_EQ(Read(bin.lateness()).count(), 1u);
  EXPECT_EQ(Read(bin.service()).count(), 0u);
  EXPECT_EQ(Read(bin.response()).count(), 0u);
}

TEST(TallyTest, ABlockingPlanTellsItsOwnLatenessFromTheWait) {
  Plan plan = PlanOfInstances(1);
  plan.blocking = true;
  Tally tally(plan, 1);
  Record record = MakeRecord(0, 0, Outcome::kOk);
  record.sent_ns = record.scheduled_ns + 5'000'000;
  record.done_ns = record.sent_ns + 1'000'000;
  record.blocked_ns = 4'000'000;
  AddAll(tally, {record});
  wire::Progress progress;
  tally.TakeDeltas(kNoLimit, progress);
  const wire::InstanceDelta& delta = progress.instances(0);
  EXPECT_EQ(Read(OnlyBin(delta).lateness()).max_ns(), 5'000'000);
  EXPECT_EQ(Read(delta.own_lateness()).max_ns(), 1'000'000);
  EXPECT_EQ(Read(delta.blocked()).max_ns(), 4'000'000);
}

TEST(TallyTest, WhatIsBilledIsSummedWhereItIsKnown) {
  Tally tally(PlanOfInstances(1), 1);
  Record small = MakeRecord(0, 0, Outcome::kOk);
  small.billed_ms = 16;
  small.memory_mb = 128;
  Record large = MakeRecord(0, 1, Outcome::kFunctionError);
  large.billed_ms = 900'000;
  large.memory_mb = 10'240;
  Record free = MakeRecord(0, 2, Outcome::kOk);
  free.billed_ms = 0;
  free.memory_mb = 128;
  AddAll(tally, {small, large, free, MakeRecord(0, 3, Outcome::kOk)});
  wire::Progress first, second;
  tally.TakeDeltas(kNoLimit, first);
  EXPECT_EQ(first.instances(0).billed_count(), 3u);
  EXPECT_EQ(first.instances(0).billed_ms(), 900'016u);
  EXPECT_EQ(first.instances(0).billed_mb_ms(), 16u * 128 + 900'000ull * 10'240);
  AddAll(tally, {MakeRecord(0, 4, Outcome::kOk)});
  tally.TakeDeltas(kNoLimit, second);
  EXPECT_EQ(second.instances(0).billed_count(), 0u);
  EXPECT_EQ(second.instances(0).billed_mb_ms(), 0u);
}

TEST(TallyTest, TheMostMemoryUsedIsOfAllThatWasBilled) {
  Tally tally(PlanOfInstances(1), 1);
  Record record = MakeRecord(0, 0, Outcome::kOk);
  record.billed_ms = 1;
  record.memory_used_mb = 70;
  Record larger = record;
  larger.memory_used_mb = 90;
  AddAll(tally, {record, larger, record});
  wire::Progress first, second;
  tally.TakeDeltas(kNoLimit, first);
  EXPECT_EQ(first.instances(0).memory_used_mb(), 90u);
  AddAll(tally, {record});
  tally.TakeDeltas(kNoLimit, second);
  EXPECT_EQ(second.instances(0).memory_used_mb(), 70u);  // of this delta
}

TEST(TallyTest, ASecondDeltaOfEverythingHoldsWhatIsNewOnly) {
  Plan plan = PlanOfInstances(1);
  plan.blocking = true;
  Tally tally(plan, 1);
  Record cold = MakeRecord(0, 0, Outcome::kHttpError);
  cold.warmth = Warmth::kCold;
  cold.init_us = 5;
  cold.billed_ms = 7;
  cold.memory_mb = 128;
  cold.reason = Reason::kForbidden;
  Record warm = MakeRecord(0, 1, Outcome::kOk);
  warm.warmth = Warmth::kWarm;
  const std::vector<Record> both = {cold, warm};
  for (int i = 0; i < 2; ++i) tally.AddDropped(Dropped(0));
  AddAll(tally, both);
  wire::Progress first, second;
  tally.TakeDeltas(kNoLimit, first);
  for (int i = 0; i < 2; ++i) tally.AddDropped(Dropped(0));
  AddAll(tally, both);
  tally.TakeDeltas(kNoLimit, second);
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
}

TEST(TallyTest, ColdAndWarmHaveHistogramsOfTheirOwnWhereAnyIsKnown) {
  Tally tally(PlanOfInstances(1), 1);
  Record cold = MakeRecord(0, 0, Outcome::kOk);
  cold.warmth = Warmth::kCold;
  cold.done_ns = cold.sent_ns + 300'000'000;
  cold.init_us = 250'000;
  Record warm = MakeRecord(0, 1, Outcome::kOk);
  warm.warmth = Warmth::kWarm;
  AddAll(tally, {cold, warm, warm, MakeRecord(0, 2, Outcome::kOk)});
  wire::Progress first, second;
  tally.TakeDeltas(kNoLimit, first);
  const wire::InstanceDelta& delta = first.instances(0);
  uint64_t ended = 0;
  for (const auto& bin : delta.bins()) ended += Read(bin.service()).count();
  EXPECT_EQ(ended, 4u);
  EXPECT_EQ(Read(delta.cold_service()).count(), 1u);
  EXPECT_EQ(Read(delta.cold_service()).max_ns(), 300'000'000);
  EXPECT_EQ(Read(delta.cold_response()).max_ns(), 300'010'000);
  EXPECT_EQ(Read(delta.warm_service()).count(), 2u);
  EXPECT_EQ(Read(delta.warm_response()).max_ns(), 2'010'000);
  EXPECT_EQ(Read(delta.init()).max_ns(), 250'000'000);
  AddAll(tally, {MakeRecord(0, 3, Outcome::kOk)});
  tally.TakeDeltas(kNoLimit, second);
  EXPECT_FALSE(second.instances(0).has_cold_service());
  EXPECT_FALSE(second.instances(0).has_warm_response());
  EXPECT_FALSE(second.instances(0).has_init());
}

TEST(TallyTest, ReasonsAreCountedWhereThereAreAny) {
  Tally tally(PlanOfInstances(1), 1);
  Record refused = MakeRecord(0, 0, Outcome::kAuthError);
  refused.reason = Reason::kClockSkew;
  AddAll(tally, {refused, refused, MakeRecord(0, 1, Outcome::kOk)});
  wire::Progress first, second;
  tally.TakeDeltas(kNoLimit, first);
  ASSERT_EQ(first.instances(0).reasons_size(), static_cast<int>(kReasons));
  EXPECT_EQ(first.instances(0).reasons(static_cast<int>(Reason::kClockSkew)),
            2u);
  EXPECT_EQ(first.instances(0).reasons(static_cast<int>(Reason::kNone)), 0u);
  AddAll(tally, {MakeRecord(0, 2, Outcome::kOk)});
  tally.TakeDeltas(kNoLimit, second);
  EXPECT_EQ(second.instances(0).reasons_size(), 0);
}

TEST(TallyTest, OfFailuresTheEarliestOfItsKindIsToldOnce) {
  Tally tally(PlanOfInstances(1), 0);
  const auto add = [&](Reason reason, int64_t scheduled_ns) {
    FailureSample failure;
    failure.reason = reason;
    failure.scheduled_ns = scheduled_ns;
    tally.AddFailure(failure);
  };
  const auto told = [&] {
    wire::Progress progress;
    EXPECT_FALSE(tally.TakeDeltas(kNoLimit, progress));
    std::vector<int64_t> scheduled;
    for (const wire::FailureSample& failure : progress.failures()) {
      scheduled.push_back(failure.scheduled_ns());
    }
    return scheduled;
  };
  add(Reason::kForbidden, 30);
  add(Reason::kForbidden, 10);
  add(Reason::kForbidden, 20);
  add(Reason::kRateExceeded, 40);
  EXPECT_EQ(told(), (std::vector<int64_t>{10, 40}));
  add(Reason::kForbidden, 10);
  EXPECT_EQ(told(), std::vector<int64_t>());
  add(Reason::kForbidden, 5);
  EXPECT_EQ(told(), std::vector<int64_t>{5});
}

TEST(TallyTest, OfVeryManyInstancesDeltasAreAsOfFew) {
  // What histograms keep between deltas depends on how many there are.
  for (const size_t instances : {1'000u, 1'001u}) {
    Tally tally(PlanOfInstances(instances), 0);
    for (int turn = 0; turn < 2; ++turn) {
      std::vector<Record> records;
      for (uint64_t i = 0; i < 50; ++i) {
        Record record = MakeRecord(7, i, Outcome::kOk);
        record.done_ns += static_cast<int64_t>(i) * 1'000'000;
        records.push_back(record);
      }
      AddAll(tally, records);
      wire::Progress progress;
      EXPECT_FALSE(tally.TakeDeltas(kNoLimit, progress));
      ASSERT_EQ(progress.instances_size(), 1);
      // Each is scheduled in the first 50 ms.
      const wire::BinDelta& bin = progress.instances(0).bins(0);
      EXPECT_EQ(Read(bin.service()).count(), 50u);
      EXPECT_EQ(Read(bin.service()).max_ns(), 51'000'000);
    }
  }
}

TEST(TallyTest, InstancesHaveTheirOwnFirstFailures) {
  Tally tally(PlanOfInstances(2), 0);
  for (const uint32_t instance : {1u, 0u}) {
    for (const int64_t scheduled_ns : {30, 20, 40}) {
      FailureSample failure;
      failure.reason = Reason::kUnreachable;
      failure.instance = instance;
      failure.scheduled_ns = scheduled_ns;
      tally.AddFailure(failure);
    }
  }
  wire::Progress progress;
  tally.TakeDeltas(kNoLimit, progress);
  ASSERT_EQ(progress.failures_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(progress.failures(i).instance(), static_cast<uint32_t>(i));
    EXPECT_EQ(progress.failures(i).scheduled_ns(), 20);
  }
  wire::Progress later;
  tally.TakeDeltas(kNoLimit, later);
  EXPECT_EQ(later.failures_size(), 0);
}

}  // namespace
}  // namespace invocator
