#include "coordinator/books/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "common/result/record.h"
#include "common/wire/histogram_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"
#include "tests/support/histograms.h"

namespace invocator {
namespace {

TEST(MergerTest, DeltasAddUpByInstanceAndByWorker) {
  Merger merger(PlainScope({10, 10}), 2);
  ASSERT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 3), DeltaOf(1, 4)})).ok());
  ASSERT_TRUE(merger.Add(1, ProgressOf({DeltaOf(1, 5)})).ok());
  ASSERT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 1)})).ok());
  EXPECT_EQ(merger.instances()[0].sent, 4u);
  EXPECT_EQ(merger.instances()[1].sent, 9u);
  EXPECT_EQ(merger.workers()[0].sent, 8u);
  EXPECT_EQ(merger.workers()[1].sent, 5u);
  EXPECT_EQ(merger.instances()[1].sent_digest, 99u);
  EXPECT_EQ(merger.instances()[1].service.count(), 9u);
  EXPECT_EQ(merger.workers()[0].lateness.count(), 8u);
  const Totals total = TotalOf(merger);
  EXPECT_EQ(total.sent, 13u);
  EXPECT_EQ(total.outcomes[0], 13u);
  EXPECT_EQ(total.sent_digest, 143u);
  EXPECT_EQ(total.response.count(), 13u);
}

TEST(MergerTest, BlockedTimeIsMergedWhereThereIsSome) {
  wire::InstanceDelta delta = DeltaOf(0, 2);
  *delta.mutable_own_lateness() = ToWire(HistogramOf({1'000, 2'000}));
  *delta.mutable_blocked() = ToWire(HistogramOf({3'000, 9'000}));
  Merger merger(PlainScope({10}), 1);
  ASSERT_TRUE(merger.Add(0, ProgressOf({delta})).ok());
  EXPECT_EQ(merger.instances()[0].own_lateness.max_ns(), 2'000);
  EXPECT_EQ(merger.instances()[0].blocked.max_ns(), 9'000);
  EXPECT_EQ(merger.workers()[0].own_lateness.max_ns(), 2'000);
}

TEST(MergerTest, WhatIsBilledAddsUpByInstanceAndByWorker) {
  Merger merger(PlainScope({10, 10}), 2);
  wire::InstanceDelta delta = DeltaOf(1, 3);
  delta.set_billed_count(2);
  delta.set_billed_ms(70);
  delta.set_billed_mb_ms(70 * 128);
  ASSERT_TRUE(merger.Add(0, ProgressOf({delta, DeltaOf(0, 1)})).ok());
  ASSERT_TRUE(merger.Add(1, ProgressOf({delta})).ok());
  EXPECT_EQ(merger.instances()[0].billed_count, 0u);
  EXPECT_EQ(merger.instances()[1].billed_count, 4u);
  EXPECT_EQ(merger.instances()[1].billed_ms, 140u);
  EXPECT_EQ(merger.instances()[1].billed_mb_ms, 140u * 128);
  EXPECT_EQ(merger.workers()[0].billed_ms, 70u);
  EXPECT_EQ(TotalOf(merger).billed_mb_ms, 140u * 128);
}

TEST(MergerTest, ColdWarmAndReasonsAddUp) {
  Merger merger(PlainScope({10}), 2);
  wire::InstanceDelta delta = DeltaOf(0, 3);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kOk), 1);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kHttpError), 2);
  delta.set_billed_count(3);
  Bin(delta).set_cold(1);
  Bin(delta).set_warm(2);
  *delta.mutable_cold_service() = ToWire(HistogramOf({300'000'000}));
  *delta.mutable_cold_response() = ToWire(HistogramOf({310'000'000}));
  *delta.mutable_warm_service() = ToWire(HistogramOf({1'000, 2'000}));
  *delta.mutable_warm_response() = ToWire(HistogramOf({3'000, 4'000}));
  *delta.mutable_init() = ToWire(HistogramOf({250'000'000}));
  delta.set_memory_used_mb(80);
  for (size_t i = 0; i < kReasons; ++i) {
    delta.add_reasons(i == static_cast<size_t>(Reason::kOtherStatus) ? 2 : 0);
  }
  ASSERT_TRUE(merger.Add(0, ProgressOf({delta})).ok());
  delta.set_memory_used_mb(60);
  delta.clear_reasons();
  ASSERT_TRUE(merger.Add(1, ProgressOf({delta})).ok());
  const Totals total = TotalOf(merger);
  EXPECT_EQ(total.cold, 2u);
  EXPECT_EQ(total.warm, 4u);
  EXPECT_EQ(total.cold_service.count(), 2u);
  EXPECT_EQ(total.cold_response.max_ns(), 310'000'000);
  EXPECT_EQ(total.warm_service.count(), 4u);
  EXPECT_EQ(total.warm_response.max_ns(), 4'000);
  EXPECT_EQ(total.init.count(), 2u);
  EXPECT_EQ(total.memory_used_mb, 80u);
  EXPECT_EQ(total.reasons[static_cast<size_t>(Reason::kOtherStatus)], 2u);
}

TEST(MergerTest, EveryReasonNeedsAnOutcomeOfItsKind) {
  for (size_t reason = 1; reason < kReasons; ++reason) {
    const auto own =
        static_cast<size_t>(OutcomeOf(static_cast<Reason>(reason)));
    for (size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      if (outcome == static_cast<size_t>(Outcome::kAborted) ||
          outcome == static_cast<size_t>(Outcome::kLost)) {
        continue;  // other rules hold for those
      }
      Merger merger(PlainScope({10}), 1);
      wire::InstanceDelta delta = DeltaOf(0, 1);
      Bin(delta).clear_outcomes();
      for (size_t i = 0; i < kOutcomes; ++i) {
        Bin(delta).add_outcomes(i == outcome ? 1 : 0);
      }
      for (size_t i = 0; i < kReasons; ++i) {
        delta.add_reasons(i == reason ? 1 : 0);
      }
      EXPECT_EQ(merger.Add(0, ProgressOf({delta})).ok(), outcome == own)
          << ReasonName(static_cast<Reason>(reason)) << " " << outcome;
    }
  }
}

TEST(MergerTest, AFailureIsKeptUnlessItCannotBe) {
  Merger merger(PlainScope({10}), 2);
  wire::Progress progress = ProgressOf({DeltaOf(0, 1)});
  progress.add_failures()->set_reason(
      static_cast<uint32_t>(Reason::kForbidden));
  ASSERT_TRUE(merger.Add(1, progress).ok());
  ASSERT_TRUE(merger.failures().Of(Reason::kForbidden));
  EXPECT_EQ(merger.failures().Of(Reason::kForbidden)->worker, 1u);
  progress.add_failures()->set_reason(kReasons);
  EXPECT_FALSE(merger.Add(0, progress).ok());
  EXPECT_EQ(merger.instances()[0].sent, 1u) << "with all that came with it";
}

TEST(MergerTest, AFailureIsOfAnInvocationInThePlan) {
  Merger merger(PlainScope({10}), 1);
  wire::Progress progress;
  wire::FailureSample& sample = *progress.add_failures();
  sample.set_reason(static_cast<uint32_t>(Reason::kForbidden));
  sample.set_sequence(10);
  EXPECT_TRUE(absl::IsInvalidArgument(merger.Add(0, progress)));
  sample.set_sequence(9);
  EXPECT_TRUE(merger.Add(0, progress).ok());
}

TEST(MergerTest, ALimitIsOfOneWorkerAndHoldsForSentAndDropped) {
  Merger merger(PlainScope({10, 10}), 2);
  merger.SetLimits(0, {3, 0});
  wire::InstanceDelta dropped = DeltaOf(0, 1);
  Bin(dropped).set_dropped(2);
  EXPECT_TRUE(merger.Add(0, ProgressOf({dropped})).ok());
  EXPECT_TRUE(
      absl::IsInvalidArgument(merger.Add(0, ProgressOf({DeltaOf(0, 1)}))));
  EXPECT_TRUE(
      absl::IsInvalidArgument(merger.Add(0, ProgressOf({DeltaOf(1, 1)}))));
  EXPECT_TRUE(merger.Add(1, ProgressOf({DeltaOf(1, 10)})).ok());
}

wire::InstanceDelta InWarmup(wire::InstanceDelta delta) {
  delta.set_warmup(true);
  return delta;
}

TEST(MergerTest, BothPhasesOfAnInstanceShareItsLimit) {
  MergeScope scope = PlainScope({10, 10});
  scope.has_warmup = true;
  Merger merger(std::move(scope), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(
      merger.Add(0, ProgressOf({InWarmup(DeltaOf(0, 6)), DeltaOf(0, 5)}))));
  EXPECT_TRUE(absl::IsInvalidArgument(
      merger.Add(0, ProgressOf({DeltaOf(0, 6), InWarmup(DeltaOf(0, 5))}))));
  EXPECT_THAT(merger.touched(0), testing::ElementsAre(0, 0));
  ASSERT_TRUE(
      merger.Add(0, ProgressOf({InWarmup(DeltaOf(0, 6)), DeltaOf(0, 3)})).ok());
  EXPECT_THAT(merger.touched(0), testing::ElementsAre(9, 0));
  EXPECT_THAT(merger.touched_in_warmup(0), testing::ElementsAre(6, 0));
  EXPECT_TRUE(absl::IsInvalidArgument(
      merger.Add(0, ProgressOf({InWarmup(DeltaOf(0, 2))}))));
  EXPECT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 1)})).ok());
  EXPECT_EQ(merger.warmup()[0].sent, 6u);
  EXPECT_EQ(merger.instances()[0].sent, 4u);
  EXPECT_EQ(merger.workers()[0].sent, 10u);
}

TEST(MergerTest, APhaseOfAnInstanceIsNamedOnce) {
  MergeScope scope = PlainScope({10});
  scope.has_warmup = true;
  Merger merger(std::move(scope), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(merger.Add(
      0, ProgressOf({InWarmup(DeltaOf(0, 1)), InWarmup(DeltaOf(0, 1))}))));
  EXPECT_TRUE(absl::IsInvalidArgument(
      merger.Add(0, ProgressOf({DeltaOf(0, 1), DeltaOf(0, 1)}))));
  EXPECT_TRUE(
      merger.Add(0, ProgressOf({DeltaOf(0, 1), InWarmup(DeltaOf(0, 1))})).ok());
}

TEST(MergerTest, EveryBinIsVisitedWithItsDelta) {
  Merger merger(PlainScope({10, 10}), 1);
  std::vector<std::tuple<uint32_t, uint32_t, uint64_t>> visited;
  const auto visit = [&](const TotalsDelta& delta, uint32_t tick,
                         const BinTotals& bin) {
    visited.emplace_back(delta.instance(), tick, bin.sent);
  };
  wire::InstanceDelta two = DeltaOf(1, 3, /*tick=*/4);
  FillBin(2, AddBin(9, two));
  ASSERT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 1), two}), visit).ok());
  EXPECT_THAT(visited,
              testing::ElementsAre(std::tuple(0, 0, 1), std::tuple(1, 4, 3),
                                   std::tuple(1, 9, 2)));
  EXPECT_FALSE(merger.Add(0, ProgressOf({two, two}), visit).ok());
  EXPECT_EQ(visited.size(), 3u) << "none of what is refused";
}

TEST(MergerTest, AWorkerMayTellOfAllThatIsPlannedAndNoMore) {
  Merger merger(PlainScope({10, 10}), 2);
  EXPECT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 10)})).ok());
  EXPECT_FALSE(merger.Add(0, ProgressOf({DeltaOf(0, 1)})).ok());
  EXPECT_FALSE(merger.Add(1, ProgressOf({DeltaOf(1, 11)})).ok());
}

TEST(MergerTest, WhatWasAbortedHasNoLatency) {
  wire::InstanceDelta delta = DeltaOf(0, 1);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kOk), 0);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kAborted), 1);
  Merger merger(PlainScope({10}), 1);
  EXPECT_FALSE(merger.Add(0, ProgressOf({delta})).ok());
  Bin(delta).clear_service();
  Bin(delta).clear_response();
  EXPECT_TRUE(merger.Add(0, ProgressOf({delta})).ok());
}

TEST(MergerTest, BothBlockedTimesAreNeededAndOfAll) {
  wire::InstanceDelta delta = DeltaOf(0, 2);
  *delta.mutable_own_lateness() = ToWire(HistogramOf({1, 2}));
  *delta.mutable_blocked() = ToWire(HistogramOf({1, 2, 3}));
  Merger merger(PlainScope({10}), 1);
  EXPECT_FALSE(merger.Add(0, ProgressOf({delta})).ok());
  *delta.mutable_blocked() = ToWire(HistogramOf({1, 2}));
  *delta.mutable_own_lateness() = ToWire(HistogramOf({1}));
  EXPECT_FALSE(merger.Add(0, ProgressOf({delta})).ok());
  *delta.mutable_own_lateness() = ToWire(HistogramOf({1, 2}));
  EXPECT_TRUE(merger.Add(0, ProgressOf({delta})).ok());
}

TEST(MergerTest, EveryCountAddsUpOverDeltas) {
  Merger merger(PlainScope({100}), 1);
  wire::InstanceDelta delta = DeltaOf(0, 3);
  Bin(delta).set_dropped(4);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kOk), 1);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kAuthError), 2);
  SetReasons({{Reason::kForbidden, 2}}, delta);
  SetWarmths(1, 2, delta);
  delta.set_billed_count(2);
  *delta.mutable_init() = ToWire(HistogramOf({9}));
  for (uint64_t times = 1; times <= 2; ++times) {
    delta.set_memory_used_mb(100 / times);  // the most stays
    ASSERT_TRUE(merger.Add(0, ProgressOf({delta})).ok());
    EXPECT_EQ(merger.touched(0)[0], 7 * times);
    for (const Totals* totals :
         {&merger.instances()[0], &merger.workers()[0]}) {
      EXPECT_EQ(totals->sent, 3 * times);
      EXPECT_EQ(totals->dropped, 4 * times);
      EXPECT_EQ(totals->outcomes[static_cast<size_t>(Outcome::kOk)], times);
      EXPECT_EQ(totals->outcomes[static_cast<size_t>(Outcome::kAuthError)],
                2 * times);
      EXPECT_EQ(totals->reasons[static_cast<size_t>(Reason::kForbidden)],
                2 * times);
      EXPECT_EQ(totals->sent_digest, 33 * times);
      EXPECT_EQ(totals->billed_count, 2 * times);
      EXPECT_EQ(totals->memory_used_mb, 100u);
      EXPECT_EQ(totals->lateness.count(), 3 * times);
    }
    const Totals& of = merger.instances()[0];
    EXPECT_EQ(of.service.count(), 3 * times);
    EXPECT_EQ(of.response.count(), 3 * times);
    EXPECT_EQ(of.cold_service.count(), times);
    EXPECT_EQ(of.cold_response.count(), times);
    EXPECT_EQ(of.warm_service.count(), 2 * times);
    EXPECT_EQ(of.warm_response.count(), 2 * times);
    EXPECT_EQ(of.init.count(), times);
  }
}

}  // namespace
}  // namespace invocator
