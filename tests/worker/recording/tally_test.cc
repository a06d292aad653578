#include "worker/recording/tally.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/digest.h"
#include "common/wire/histogram_codec.h"
#include "common/wire/protocol.h"
#include "common/wire/totals_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/binned_calls.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

constexpr size_t kNoLimit = SIZE_MAX;

Plan PlanOfInstances(size_t count) {
  std::vector<InstancePlan> instances;
  for (size_t i = 0; i < count; ++i) {
    instances.push_back(ListInstance("f" + std::to_string(i), {1}, 10));
  }
  return PlanOf(std::move(instances), 10);
}

Record MakeRecord(uint32_t instance, uint64_t sequence, Outcome outcome) {
  Record record;
  record.instance = instance;
  record.sequence = sequence;
  record.outcome = outcome;
  record.scheduled_ns = static_cast<int64_t>(sequence) * 1'000'000;
  record.sent_ns = record.scheduled_ns + 10'000;
  record.done_ns = record.sent_ns + 2'000'000;
  return record;
}

// Adds the records; returns those that are reported.
wire::RecordBatch AddAll(Tally& tally, const std::vector<Record>& records) {
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  tally.Add(records, encoder);
  return batch;
}

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

DroppedCall Dropped(uint32_t instance) { return {.instance = instance}; }

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

TEST(TallyTest, PhasesAreSplitAtTheEndOfTheWarmUpToTheNanosecond) {
  Plan plan = PlanOfInstances(2);
  plan.warmup_s = 0.25;
  Tally tally(plan, 1);
  Record last = MakeRecord(1, 0, Outcome::kTimeout);
  last.scheduled_ns = 249'999'999;
  last.sent_ns = last.done_ns = 300'000'000;  // after it: makes no difference
  Record first = MakeRecord(1, 1, Outcome::kOk);
  first.scheduled_ns = first.sent_ns = first.done_ns = 250'000'000;
  AddAll(tally, {last, first});
  tally.AddDropped({.instance = 1, .scheduled_ns = 249'999'999});
  tally.AddDropped({.instance = 1, .scheduled_ns = 250'000'000});
  tally.AddDropped({.instance = 1, .scheduled_ns = 250'000'001});
  tally.AddDropped({.instance = 0, .scheduled_ns = 0});
  wire::Progress progress;
  EXPECT_FALSE(tally.TakeDeltas(kNoLimit, progress));
  ASSERT_EQ(progress.instances_size(), 3);
  EXPECT_TRUE(progress.instances(0).warmup());
  EXPECT_EQ(progress.instances(0).instance(), 0u);
  for (const bool warmup : {true, false}) {
    const wire::InstanceDelta& message = progress.instances(warmup ? 1 : 2);
    const TotalsDelta delta(message);
    EXPECT_TRUE(delta.Check(4, 700).ok()) << delta.Check(4, 700);
    EXPECT_EQ(message.instance(), 1u);
    EXPECT_EQ(message.warmup(), warmup);
    EXPECT_EQ(delta.sent(), 1u);
    EXPECT_EQ(delta.dropped(), warmup ? 1u : 2u);
    EXPECT_EQ(delta.outcome(Outcome::kTimeout), warmup ? 1u : 0u);
    const Record& record = warmup ? last : first;
    EXPECT_EQ(delta.sent_digest(),
              DigestTerm(HashName("f1"), record.sequence, record.scheduled_ns));
    EXPECT_EQ(message.bins(0).tick(), 2u) << "both are scheduled in it";
  }
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

TEST(TallyTest, NoDeltaIsBegunOnceThereIsEnough) {
  const auto taken = [](size_t enough_bytes) {
    Tally tally(PlanOfInstances(3), 1);
    for (uint32_t i = 0; i < 3; ++i) tally.AddDropped(Dropped(i));
    wire::Progress progress;
    const bool left = tally.TakeDeltas(enough_bytes, progress);
    EXPECT_EQ(left, progress.instances_size() < 3);
    return progress;
  };
  // Without the two bytes of tag and length in front of a bin.
  const size_t bytes = taken(kNoLimit).instances(0).ByteSizeLong() - 2;
  EXPECT_EQ(taken(0).instances_size(), 0);
  EXPECT_EQ(taken(1).instances_size(), 1);
  EXPECT_EQ(taken(bytes).instances_size(), 1);
  EXPECT_EQ(taken(bytes + 1).instances_size(), 2);
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

TEST(TallyTest, FailuresDoNotOutgrowAProgress) {
  Tally tally(PlanOfInstances(3), 0);
  for (const uint32_t instance : {0u, 1u, 2u}) {
    FailureSample failure;
    failure.reason = Reason::kUnreachable;
    failure.instance = instance;
    failure.body = std::string(1'000, 'x');
    tally.AddFailure(failure);
  }
  for (int left = 2; left >= 0; --left) {
    wire::Progress progress;
    EXPECT_EQ(tally.TakeDeltas(1'000, progress), left > 0) << left;
    EXPECT_EQ(progress.failures_size(), 1) << left;
  }
}

std::set<uint64_t> Sampled(Tally& tally, uint64_t first, uint64_t step,
                           uint64_t count) {
  std::vector<Record> records;
  for (uint64_t i = first; i < count; i += step) {
    records.push_back(MakeRecord(0, i, Outcome::kOk));
  }
  std::set<uint64_t> sequences;
  EXPECT_TRUE(DecodeRecords(AddAll(tally, std::move(records)), 1,
                            [&](const Record& record) {
                              sequences.insert(record.sequence);
                            })
                  .ok());
  return sequences;
}

TEST(TallyTest, TheSampleIsTheSameForAnyNumberOfWorkers) {
  constexpr uint64_t kCount = 20'000;
  const Plan plan = PlanOfInstances(1);
  Tally whole(plan, 0.1);
  const std::set<uint64_t> expected = Sampled(whole, 0, 1, kCount);
  for (uint64_t workers : {2u, 3u, 7u}) {
    std::set<uint64_t> together;
    for (uint64_t worker = 0; worker < workers; ++worker) {
      Tally part(plan, 0.1);
      together.merge(Sampled(part, worker, workers, kCount));
    }
    EXPECT_EQ(together, expected) << workers << " workers";
  }
  // Five standard deviations of a binomial, sqrt(20000 * 0.1 * 0.9) = 42.
  EXPECT_NEAR(static_cast<double>(expected.size()), 0.1 * kCount, 5 * 42.4);
}

TEST(TallyTest, ASmallerSampleIsPartOfALargerOne) {
  const Plan plan = PlanOfInstances(1);
  Tally few(plan, 0.01), many(plan, 0.3);
  const std::set<uint64_t> small = Sampled(few, 0, 1, 10'000);
  const std::set<uint64_t> large = Sampled(many, 0, 1, 10'000);
  EXPECT_FALSE(small.empty());
  EXPECT_TRUE(
      std::includes(large.begin(), large.end(), small.begin(), small.end()));
}

TEST(TallyTest, AllOrNoneCanBeReported) {
  const Plan plan = PlanOfInstances(1);
  Tally none(plan, 0), all(plan, 1);
  EXPECT_EQ(Sampled(none, 0, 1, 1000).size(), 0u);
  EXPECT_EQ(Sampled(all, 0, 1, 1000).size(), 1000u);
}

TEST(TallyTest, TheSampleDependsOnTheSeed) {
  Plan plan = PlanOfInstances(1);
  Tally one(plan, 0.1);
  plan.seed = 2;
  Tally two(plan, 0.1);
  EXPECT_NE(Sampled(one, 0, 1, 1000), Sampled(two, 0, 1, 1000));
}

TEST(TallyTest, MuchIsCutIntoSeveralDeltasWithoutLoss) {
  constexpr size_t kInstances = 2'000;
  Tally tally(PlanOfInstances(kInstances), 0);
  std::vector<Record> records;
  for (uint32_t i = 0; i < kInstances; ++i) {
    for (uint64_t s = 0; s < 20; ++s) {
      Record record = MakeRecord(i, s, Outcome::kOk);
      record.done_ns = record.sent_ns + (int64_t{1'000} << s);
      records.push_back(record);
    }
  }
  AddAll(tally, std::move(records));
  constexpr size_t kEnough = 50'000;
  std::vector<uint64_t> sent(kInstances);
  int messages = 0;
  bool more = true;
  while (more) {
    wire::Progress progress;
    more = tally.TakeDeltas(kEnough, progress);
    ++messages;
    EXPECT_LT(progress.ByteSizeLong(), kEnough + 10'000);
    for (const wire::InstanceDelta& delta : progress.instances()) {
      for (const auto& bin : delta.bins()) {
        sent[delta.instance()] += bin.sent();
      }
    }
    ASSERT_LT(messages, 1'000);
  }
  EXPECT_GT(messages, 5);
  EXPECT_EQ(sent, std::vector<uint64_t>(kInstances, 20));
}

// For any division into deltas: each is consistent by itself, and their sum is
// all that was added.
TEST(TallyTest, CallsAreTakenWhole) {
  constexpr uint32_t kInstances = 7;
  Plan plan = PlanOfInstances(kInstances);
  plan.warmup_s = 2;
  Tally tally(plan, 0);
  std::mt19937_64 random(3);
  const TimeBins bins(10);
  const auto phase = [](uint32_t instance, int64_t scheduled_ns) {
    return std::pair(instance, scheduled_ns < 2'000'000'000);
  };
  std::map<std::pair<uint32_t, bool>, PlainBins> expected;
  const auto of = [&](std::pair<uint32_t, bool> key) -> PlainBins& {
    return expected.try_emplace(key, bins.tick_ns(), bins.ticks() - 1)
        .first->second;
  };
  std::map<std::pair<uint32_t, bool>, std::map<uint32_t, BinTotals>> taken;
  int messages = 0;
  for (int64_t round = 0; round < 30; ++round) {
    std::vector<Record> records;
    for (uint64_t n = random() % 300; n > 0; --n) {
      Record& record = records.emplace_back(RandomCall(random, 4'000'000'000));
      record.instance = static_cast<uint32_t>(random() % kInstances);
      of(phase(record.instance, record.scheduled_ns)).Add(record);
    }
    AddAll(tally, records);
    const DroppedCall dropped{.instance = 3,
                              .scheduled_ns = round * 100'000'000};
    tally.AddDropped(dropped);
    of(phase(3, dropped.scheduled_ns)).AddDropped(dropped.scheduled_ns);
    const size_t enough_bytes = 1 + random() % 20'000;
    // Sometimes takes only a part; the next round takes the rest.
    bool more = true;
    for (int64_t i = 0; more && (i < 3 || round == 29); ++i) {
      ++messages;
      wire::Progress progress;
      more = tally.TakeDeltas(enough_bytes, progress);
      for (const wire::InstanceDelta& message : progress.instances()) {
        const TotalsDelta delta(message);
        EXPECT_TRUE(delta.Check(10'000, bins.ticks()).ok());
        delta.ForEachBin([&](uint32_t tick, const BinTotals& bin) {
          taken[{message.instance(), message.warmup()}][tick].Merge(bin);
        });
      }
    }
  }
  EXPECT_GT(messages, 40);
  ASSERT_EQ(taken.size(), expected.size());
  for (const auto& [key, of_bins] : expected) {
    ASSERT_EQ(taken[key].size(), of_bins.bins().size());
    for (const auto& [tick, bin] : of_bins.bins()) {
      EXPECT_TRUE(Same(taken[key][tick], bin)) << key.first << " " << tick;
    }
  }
}

TEST(TallyTest, OneInstanceCannotOutgrowAMessage) {
  Plan plan = PlanOfInstances(1);
  plan.blocking = true;
  Tally tally(plan, 0);
  std::vector<Record> records;
  for (int cell = 0; cell < Histogram::kCells; ++cell) {
    Record record = MakeRecord(0, 0, Outcome::kOk);
    record.sent_ns = Histogram::CellLowestNs(cell);
    record.done_ns = record.sent_ns + Histogram::CellLowestNs(cell);
    record.blocked_ns = record.sent_ns / 2;
    if (record.sent_ns <= Histogram::kMaxNs) records.push_back(record);
  }
  AddAll(tally, std::move(records));
  wire::Progress progress;
  EXPECT_FALSE(tally.TakeDeltas(kProgressBytes, progress));
  EXPECT_LT(progress.ByteSizeLong() + kProgressBytes,
            static_cast<size_t>(kMaxMessageBytes));
}

}  // namespace
}  // namespace invocator
