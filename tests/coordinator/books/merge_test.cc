#include "coordinator/books/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include "common/result/record.h"
#include "common/wire/histogram_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"

namespace invocator {
namespace {

Histogram HistogramOf(std::vector<int64_t> values_ns) {
  Histogram histogram;
  for (int64_t value_ns : values_ns) histogram.Add(value_ns);
  return histogram;
}

Totals RandomTotals(std::mt19937& random) {
  Totals totals;
  auto draw = [&](uint64_t most) { return random() % (most + 1); };
  totals.planned = draw(1'000);
  totals.sent = draw(1'000);
  totals.dropped = draw(1'000);
  totals.unsent = draw(1'000);
  totals.cold = draw(1'000);
  totals.warm = draw(1'000);
  for (uint64_t& count : totals.outcomes) count = draw(100);
  totals.planned_digest = uint64_t{random()} << 32 | random();
  totals.sent_digest = uint64_t{random()} << 32 | random();
  totals.billed_count = draw(1'000);
  totals.billed_ms = draw(1'000'000);
  totals.billed_mb_ms = draw(1'000'000'000);
  totals.memory_used_mb = draw(10'000);
  for (uint64_t& count : totals.reasons) count = draw(100);
  for (Histogram* histogram :
       {&totals.lateness, &totals.service, &totals.response, &totals.first_byte,
        &totals.own_lateness, &totals.blocked, &totals.cold_service,
        &totals.cold_response, &totals.warm_service, &totals.warm_response,
        &totals.init}) {
    const uint64_t values = draw(20);
    for (uint64_t i = 0; i < values; ++i) {
      histogram->Add(static_cast<int64_t>(draw(1'000'000'000)));
    }
  }
  return totals;
}

void ExpectEqual(const Histogram& a, const Histogram& b) {
  // Sums of doubles: whole numbers far below 2^53 here, hence exact.
  EXPECT_EQ(ToWire(a).SerializeAsString(), ToWire(b).SerializeAsString());
}

void ExpectEqual(const Totals& a, const Totals& b) {
  EXPECT_EQ(a.planned, b.planned);
  EXPECT_EQ(a.sent, b.sent);
  EXPECT_EQ(a.dropped, b.dropped);
  EXPECT_EQ(a.unsent, b.unsent);
  EXPECT_EQ(a.cold, b.cold);
  EXPECT_EQ(a.warm, b.warm);
  EXPECT_EQ(a.outcomes, b.outcomes);
  EXPECT_EQ(a.planned_digest, b.planned_digest);
  EXPECT_EQ(a.sent_digest, b.sent_digest);
  EXPECT_EQ(a.billed_count, b.billed_count);
  EXPECT_EQ(a.billed_ms, b.billed_ms);
  EXPECT_EQ(a.billed_mb_ms, b.billed_mb_ms);
  EXPECT_EQ(a.memory_used_mb, b.memory_used_mb);
  EXPECT_EQ(a.reasons, b.reasons);
  ExpectEqual(a.cold_service, b.cold_service);
  ExpectEqual(a.cold_response, b.cold_response);
  ExpectEqual(a.warm_service, b.warm_service);
  ExpectEqual(a.warm_response, b.warm_response);
  ExpectEqual(a.init, b.init);
  ExpectEqual(a.lateness, b.lateness);
  ExpectEqual(a.service, b.service);
  ExpectEqual(a.response, b.response);
  ExpectEqual(a.first_byte, b.first_byte);
  ExpectEqual(a.own_lateness, b.own_lateness);
  ExpectEqual(a.blocked, b.blocked);
}

Totals Copy(const Totals& totals) {
  Totals copy;
  copy.Merge(totals);
  return copy;
}

TEST(TotalsTest, MergeCommutesAndAssociates) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    const Totals a = RandomTotals(random);
    const Totals b = RandomTotals(random);
    const Totals c = RandomTotals(random);
    Totals ab = Copy(a);
    ab.Merge(b);
    Totals ba = Copy(b);
    ba.Merge(a);
    ExpectEqual(ab, ba);
    Totals ab_c = Copy(ab);
    ab_c.Merge(c);
    Totals bc = Copy(b);
    bc.Merge(c);
    Totals a_bc = Copy(a);
    a_bc.Merge(bc);
    ExpectEqual(ab_c, a_bc);
  }
}

TEST(TotalsTest, MergingNothingChangesNothing) {
  std::mt19937 random(8);
  const Totals a = RandomTotals(random);
  Totals merged = Copy(a);
  merged.Merge(Totals());
  ExpectEqual(merged, a);
}

TEST(TotalsTest, OwnLatenessIsTheLatenessOfAPlanThatDoesNotBlock) {
  Totals totals;
  totals.lateness = HistogramOf({5'000});
  EXPECT_EQ(totals.OwnLateness().max_ns(), 5'000);
  totals.own_lateness = HistogramOf({1'000});
  EXPECT_EQ(totals.OwnLateness().max_ns(), 1'000);
}

// The first bin of a delta.
wire::BinDelta& Bin(wire::InstanceDelta& delta) {
  return *delta.mutable_bins(0);
}

wire::BinDelta& AddBin(uint32_t tick, wire::InstanceDelta& delta) {
  wire::BinDelta& bin = *delta.add_bins();
  bin.set_tick(tick);
  return bin;
}

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

struct Hostile {
  const char* what;
  std::function<void(wire::InstanceDelta&)> spoil;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.what;
}

class HostileDeltaTest : public testing::TestWithParam<Hostile> {};

TEST_P(HostileDeltaTest, IsRefusedWithAllThatCameInItsMessage) {
  wire::InstanceDelta delta = DeltaOf(1, 3);
  GetParam().spoil(delta);
  Merger merger(PlainScope({10, 10}), 1);
  ASSERT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 1), DeltaOf(1, 2)})).ok());
  const Totals before = TotalOf(merger);
  EXPECT_EQ(merger.Add(0, ProgressOf({DeltaOf(0, 2), delta})).code(),
            absl::StatusCode::kInvalidArgument);
  ExpectEqual(TotalOf(merger), before);
  EXPECT_THAT(merger.touched(0), testing::ElementsAre(1, 2));
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

using Delta = wire::InstanceDelta;

void SetWarmths(uint64_t cold, uint64_t warm, Delta& delta) {
  Histogram cold_ns, warm_ns;
  if (cold > 0) cold_ns.Add(300, cold);
  if (warm > 0) warm_ns.Add(100, warm);
  Bin(delta).set_cold(cold);
  Bin(delta).set_warm(warm);
  *delta.mutable_cold_service() = ToWire(cold_ns);
  *delta.mutable_cold_response() = ToWire(cold_ns);
  *delta.mutable_warm_service() = ToWire(warm_ns);
  *delta.mutable_warm_response() = ToWire(warm_ns);
}

// Of those that are ok; they have no latency then.
void Abort(uint64_t count, Delta& delta) {
  const uint64_t ended = Bin(delta).sent() - count;
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kOk), ended);
  Bin(delta).set_outcomes(static_cast<int>(Outcome::kAborted), count);
  Histogram ended_ns;
  ended_ns.Add(20'000'000, ended);
  *Bin(delta).mutable_service() = ToWire(ended_ns);
  *Bin(delta).mutable_response() = ToWire(ended_ns);
}

void SetReasons(std::vector<std::pair<Reason, uint64_t>> counts, Delta& delta) {
  delta.clear_reasons();
  for (size_t i = 0; i < kReasons; ++i) delta.add_reasons(0);
  for (const auto& [reason, count] : counts) {
    delta.set_reasons(static_cast<int>(reason), count);
  }
}

class LimitTest : public testing::TestWithParam<Hostile> {};

TEST_P(LimitTest, IsMerged) {
  wire::InstanceDelta delta = DeltaOf(0, 3);
  GetParam().spoil(delta);
  Merger merger(PlainScope({10}), 1);
  EXPECT_EQ(merger.Add(0, ProgressOf({delta})), absl::OkStatus());
  EXPECT_THAT(merger.touched(0),
              testing::ElementsAre(TotalsDelta(delta).sent() +
                                   TotalsDelta(delta).dropped()));
}

// As far as a worker of ours may go.
INSTANTIATE_TEST_SUITE_P(
    Merger, LimitTest,
    testing::Values(
        Hostile{"2 cold and 1 warm of 3",
                [](Delta& d) { SetWarmths(2, 1, d); }},
        Hostile{"3 cold of 3", [](Delta& d) { SetWarmths(3, 0, d); }},
        Hostile{"3 warm of 3", [](Delta& d) { SetWarmths(0, 3, d); }},
        Hostile{"1 cold and 1 warm of 3, one of them aborted",
                [](Delta& d) {
                  Abort(1, d);
                  SetWarmths(1, 1, d);
                }},
        Hostile{"all billed, as long and as large as can be",
                [](Delta& d) {
                  d.set_billed_count(3);
                  d.set_billed_ms(3 * kMaxBilledMs);
                  d.set_billed_mb_ms(3 * kMaxBilledMs * kMaxMemoryMb);
                  d.set_memory_used_mb(kMaxMemoryMb);
                  *d.mutable_init() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"billed for nothing", [](Delta& d) { d.set_billed_count(3); }},
        Hostile{"as many dropped as are left",
                [](Delta& d) { Bin(d).set_dropped(7); }},
        Hostile{"nothing sent", [](Delta& d) { d = DeltaOf(0, 0); }},
        Hostile{"a first byte of each that has ended",
                [](Delta& d) {
                  *Bin(d).mutable_first_byte() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"bins up to the last tick",
                [](Delta& d) {
                  AddBin(1, d);
                  d.mutable_bins(1)->set_dropped(1);
                  AddBin(TimeBins(10).ticks() - 1, d);
                  d.mutable_bins(2)->set_dropped(1);
                }},
        Hostile{"no bins", [](Delta& d) { d.clear_bins(); }},
        Hostile{
            "as many reasons as outcomes",
            [](Delta& d) {
              Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 0);
              Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 3);
              SetReasons({{Reason::kForbidden, 2}, {Reason::kClockSkew, 1}}, d);
            }},
        Hostile{"fewer reasons than outcomes", [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 0);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 3);
                  SetReasons({{Reason::kForbidden, 1}}, d);
                }}));

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

TEST(TotalsTest, WhatWasCutOffHasNotCompleted) {
  Totals totals;
  totals.sent = 10;
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = 4;
  totals.outcomes[static_cast<size_t>(Outcome::kTimeout)] = 1;
  totals.outcomes[static_cast<size_t>(Outcome::kAborted)] = 2;
  totals.outcomes[static_cast<size_t>(Outcome::kLost)] = 3;
  EXPECT_EQ(totals.Completed(), 5u);
  totals.billed_mb_ms = 1'024'000 * 3 / 2;
  EXPECT_EQ(totals.BilledGbSeconds(), 1.5);
}

TEST(TotalsTest, TheMostMemoryIsTheMostOfBoth) {
  for (const auto& [a, b] : {std::pair{3, 5}, std::pair{5, 3}}) {
    Totals into, from;
    into.memory_used_mb = static_cast<uint64_t>(a);
    from.memory_used_mb = static_cast<uint64_t>(b);
    into.Merge(from);
    EXPECT_EQ(into.memory_used_mb, 5u);
  }
}

TEST(TotalsTest, MergingAddsEveryPart) {
  std::mt19937 random(9);
  const Totals a = RandomTotals(random);
  const Totals b = RandomTotals(random);
  Totals sum = Copy(a);
  sum.Merge(b);
  EXPECT_EQ(sum.planned, a.planned + b.planned);
  EXPECT_EQ(sum.sent, a.sent + b.sent);
  EXPECT_EQ(sum.dropped, a.dropped + b.dropped);
  EXPECT_EQ(sum.unsent, a.unsent + b.unsent);
  EXPECT_EQ(sum.cold, a.cold + b.cold);
  EXPECT_EQ(sum.warm, a.warm + b.warm);
  EXPECT_EQ(sum.planned_digest, a.planned_digest + b.planned_digest);
  EXPECT_EQ(sum.sent_digest, a.sent_digest + b.sent_digest);
  EXPECT_EQ(sum.billed_count, a.billed_count + b.billed_count);
  EXPECT_EQ(sum.billed_ms, a.billed_ms + b.billed_ms);
  EXPECT_EQ(sum.billed_mb_ms, a.billed_mb_ms + b.billed_mb_ms);
  for (size_t i = 0; i < kOutcomes; ++i) {
    EXPECT_EQ(sum.outcomes[i], a.outcomes[i] + b.outcomes[i]);
  }
  for (size_t i = 0; i < kReasons; ++i) {
    EXPECT_EQ(sum.reasons[i], a.reasons[i] + b.reasons[i]);
  }
  constexpr Histogram Totals::*kParts[] = {
      &Totals::lateness,      &Totals::service,       &Totals::response,
      &Totals::first_byte,    &Totals::own_lateness,  &Totals::blocked,
      &Totals::cold_service,  &Totals::cold_response, &Totals::warm_service,
      &Totals::warm_response, &Totals::init};
  for (Histogram Totals::*part : kParts) {
    EXPECT_EQ((sum.*part).count(), (a.*part).count() + (b.*part).count());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Merger, HostileDeltaTest,
    testing::Values(
        Hostile{"an unknown instance", [](Delta& d) { d.set_instance(2); }},
        Hostile{"an instance twice", [](Delta& d) { d.set_instance(0); }},
        Hostile{"more than is planned", [](Delta& d) { d = DeltaOf(1, 9); }},
        Hostile{"drops that overflow the sum",
                [](Delta& d) { Bin(d).set_dropped(UINT64_MAX - 2); }},
        Hostile{"fewer sent than have ended", [](Delta& d) { Bin(d).set_sent(2); }},
        Hostile{"more sent than have ended", [](Delta& d) { Bin(d).set_sent(4); }},
        Hostile{"outcomes that overflow to the right sum",
                [](Delta& d) {
                  Bin(d).set_outcomes(1, UINT64_MAX);
                  Bin(d).set_outcomes(2, 1);
                }},
        Hostile{"losses of its own",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kLost), 1);
                }},
        Hostile{"more billed than sent",
                [](Delta& d) { d.set_billed_count(4); }},
        Hostile{"a bill for nobody", [](Delta& d) { d.set_billed_ms(1); }},
        Hostile{"more memory than there is",
                [](Delta& d) {
                  d.set_billed_count(1);
                  d.set_billed_ms(1);
                  d.set_billed_mb_ms(UINT64_MAX);
                }},
        Hostile{"latencies of others",
                [](Delta& d) {
                  Bin(d).mutable_service()->set_counts(0, 2);
                  Bin(d).mutable_service()->set_sum_ns(2 * 20'000'000.0);
                }},
        Hostile{"no outcomes", [](Delta& d) { Bin(d).clear_outcomes(); }},
        Hostile{"an outcome more", [](Delta& d) { Bin(d).add_outcomes(1); }},
        Hostile{"too few reasons", [](Delta& d) { d.add_reasons(1); }},
        Hostile{"a reason without its outcome",
                [](Delta& d) {
                  for (size_t i = 0; i < kReasons; ++i) {
                    d.add_reasons(i == 1 ? 1 : 0);
                  }
                }},
        Hostile{"a reason for what is ok",
                [](Delta& d) {
                  for (size_t i = 0; i < kReasons; ++i) {
                    d.add_reasons(i == 0 ? 1 : 0);
                  }
                }},
        Hostile{
            "more cold ones than have ended",
            [](Delta& d) {
              Bin(d).set_cold(4);
              *d.mutable_cold_service() = ToWire(HistogramOf({1, 2, 3, 4}));
              *d.mutable_cold_response() = ToWire(HistogramOf({1, 2, 3, 4}));
            }},
        Hostile{"a cold one without its response",
                [](Delta& d) {
                  Bin(d).set_cold(1);
                  *d.mutable_cold_service() = ToWire(HistogramOf({1}));
                }},
        Hostile{"an init of nothing that is billed",
                [](Delta& d) { *d.mutable_init() = ToWire(HistogramOf({1})); }},
        Hostile{"a cold one without its times",
                [](Delta& d) { Bin(d).set_cold(1); }},
        Hostile{"warm ones that overflow the sum",
                [](Delta& d) {
                  SetWarmths(1, 1, d);
                  Bin(d).set_warm(UINT64_MAX);
                }},
        Hostile{"a first byte more than have ended",
                [](Delta& d) {
                  *Bin(d).mutable_first_byte() =
                      ToWire(HistogramOf({1, 2, 3, 4}));
                }},
        Hostile{"3 first bytes of 3 sent, of which one was aborted",
                [](Delta& d) {
                  Abort(1, d);
                  *Bin(d).mutable_first_byte() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"a broken first byte time",
                [](Delta& d) { Bin(d).mutable_first_byte()->add_counts(5); }},
        Hostile{"aborted in a bin where none is scheduled",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  wire::BinDelta& later = AddBin(7, d);
                  for (size_t i = 0; i < kOutcomes; ++i) later.add_outcomes(0);
                  later.set_outcomes(static_cast<int>(Outcome::kAborted), 1);
                }},
        Hostile{"no bins, but a reason",
                [](Delta& d) {
                  d.clear_bins();
                  SetReasons({{Reason::kForbidden, 1}}, d);
                }},
        Hostile{"a tick twice", [](Delta& d) { AddBin(0, d); }},
        Hostile{"a tick with nothing in it", [](Delta& d) { AddBin(1, d); }},
        Hostile{"ticks in descending order",
                [](Delta& d) {
                  AddBin(9, d);
                  AddBin(8, d);
                }},
        Hostile{"a tick after the last",
                [](Delta& d) { AddBin(TimeBins(10).ticks(), d); }},
        Hostile{"the highest tick of all",
                [](Delta& d) { AddBin(UINT32_MAX, d); }},
        Hostile{"more than is planned, over several bins",
                [](Delta& d) {
                  for (uint32_t tick = 1; tick <= 2; ++tick) {
                    FillBin(3, AddBin(tick, d));
                  }
                }},
        Hostile{"counts of bins that overflow to the right sum",
                [](Delta& d) {
                  Bin(d).set_sent(UINT64_MAX);
                  AddBin(1, d).set_sent(4);
                }},
        Hostile{"drops of bins that overflow the sum",
                [](Delta& d) {
                  AddBin(1, d).set_dropped(UINT64_MAX);
                  AddBin(2, d).set_dropped(1);
                }},
        Hostile{"outcomes of bins that overflow to the right sum",
                [](Delta& d) {
                  for (size_t i = 0; i < 2; ++i) {
                    wire::BinDelta& bin = AddBin(1 + static_cast<uint32_t>(i), d);
                    for (size_t o = 0; o < kOutcomes; ++o) bin.add_outcomes(0);
                    bin.set_outcomes(1, i == 0 ? UINT64_MAX : 1);
                  }
                }},
        Hostile{"cold ones of bins that overflow to the right sum",
                [](Delta& d) {
                  SetWarmths(1, 0, d);
                  AddBin(1, d).set_cold(UINT64_MAX);
                  AddBin(2, d).set_cold(1);
                }},
        Hostile{"more scheduled than sent",
                [](Delta& d) {
                  wire::BinDelta& bin = AddBin(1, d);
                  *bin.mutable_lateness() = ToWire(HistogramOf({1}));
                  *bin.mutable_service() = ToWire(HistogramOf({1}));
                  *bin.mutable_response() = ToWire(HistogramOf({1}));
                }},
        Hostile{"sent, but not scheduled",
                [](Delta& d) {
                  Bin(d).set_sent(4);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 4);
                }},
        Hostile{"calls of a warm-up that the plan does not have",
                [](Delta& d) { d.set_warmup(true); }},
        Hostile{"2 cold and 2 warm of 3 that have ended",
                [](Delta& d) { SetWarmths(2, 2, d); }},
        Hostile{"4 warm of 3 that have ended",
                [](Delta& d) { SetWarmths(0, 4, d); }},
        Hostile{"3 cold and 1 warm of 3 that have ended",
                [](Delta& d) { SetWarmths(3, 1, d); }},
        Hostile{"3 cold of 3 sent, of which one was aborted",
                [](Delta& d) {
                  Abort(1, d);
                  SetWarmths(3, 0, d);
                }},
        Hostile{"a cold response without its service time",
                [](Delta& d) {
                  Bin(d).set_cold(1);
                  *d.mutable_cold_response() = ToWire(HistogramOf({1}));
                }},
        Hostile{"a warm one without its response",
                [](Delta& d) {
                  Bin(d).set_warm(1);
                  *d.mutable_warm_service() = ToWire(HistogramOf({1}));
                }},
        Hostile{"a warm response without its service time",
                [](Delta& d) {
                  Bin(d).set_warm(1);
                  *d.mutable_warm_response() = ToWire(HistogramOf({1}));
                }},
        Hostile{"an init more than was billed",
                [](Delta& d) {
                  d.set_billed_count(2);
                  *d.mutable_init() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"5 billed of 3 that were sent",
                [](Delta& d) { d.set_billed_count(5); }},
        Hostile{"a millisecond more than can be billed",
                [](Delta& d) {
                  d.set_billed_count(2);
                  d.set_billed_ms(2 * kMaxBilledMs + 1);
                }},
        Hostile{"a MB ms more than can be billed",
                [](Delta& d) {
                  d.set_billed_count(1);
                  d.set_billed_ms(7);
                  d.set_billed_mb_ms(7 * kMaxMemoryMb + 1);
                }},
        Hostile{"MB ms of no ms",
                [](Delta& d) {
                  d.set_billed_count(1);
                  d.set_billed_mb_ms(1);
                }},
        Hostile{"a MB more than there is",
                [](Delta& d) { d.set_memory_used_mb(kMaxMemoryMb + 1); }},
        Hostile{"a reason more than its outcome",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 1);
                  SetReasons({{Reason::kForbidden, 2}}, d);
                }},
        Hostile{
            "two reasons that share an outcome",
            [](Delta& d) {
              Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 0);
              Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 3);
              SetReasons({{Reason::kForbidden, 2}, {Reason::kClockSkew, 2}}, d);
            }},
        Hostile{"reasons that overflow to the right sum",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 1);
                  SetReasons({{Reason::kForbidden, UINT64_MAX},
                              {Reason::kClockSkew, 2}},
                             d);
                }},
        Hostile{"a reason more than there are",
                [](Delta& d) {
                  SetReasons({}, d);
                  d.add_reasons(0);
                }},
        Hostile{"dropped beyond what is planned",
                [](Delta& d) { Bin(d).set_dropped(6); }},
        Hostile{"a value of lateness more than were sent",
                [](Delta& d) {
                  *Bin(d).mutable_lateness() = ToWire(HistogramOf({1, 2, 3, 4}));
                }},
        Hostile{"a response too few",
                [](Delta& d) {
                  *Bin(d).mutable_response() = ToWire(HistogramOf({1, 2}));
                }},
        Hostile{"blocked times without own lateness",
                [](Delta& d) {
                  *d.mutable_blocked() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"own lateness without blocked times",
                [](Delta& d) {
                  *d.mutable_own_lateness() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"more memory used than there is",
                [](Delta& d) { d.set_memory_used_mb(UINT64_MAX); }},
        Hostile{"a broken cold service time",
                [](Delta& d) { d.mutable_cold_service()->add_counts(5); }},
        Hostile{"a broken warm response time",
                [](Delta& d) { d.mutable_warm_response()->set_min_ns(5); }},
        Hostile{"a broken init time",
                [](Delta& d) { d.mutable_init()->set_clamped(5); }},
        Hostile{"a negative minimum",
                [](Delta& d) { Bin(d).mutable_lateness()->set_min_ns(-1); }},
        Hostile{"a minimum over the maximum",
                [](Delta& d) { Bin(d).mutable_service()->set_max_ns(0); }},
        Hostile{"a sum that is no number",
                [](Delta& d) {
                  Bin(d).mutable_response()->set_sum_ns(
                      std::numeric_limits<double>::quiet_NaN());
                }},
        Hostile{"an infinite sum",
                [](Delta& d) {
                  Bin(d).mutable_lateness()->set_sum_ns(
                      std::numeric_limits<double>::infinity());
                }},
        Hostile{"a cell beyond the last",
                [](Delta& d) {
                  Bin(d).mutable_lateness()->set_index_deltas(0, Histogram::kCells);
                }},
        Hostile{"a count for no cell",
                [](Delta& d) { Bin(d).mutable_lateness()->add_counts(1); }},
        Hostile{"counts that overflow the total",
                [](Delta& d) {
                  Bin(d).mutable_lateness()->set_counts(0, UINT64_MAX);
                  Bin(d).mutable_lateness()->set_sum_ns(0x1p64 * 20'000'000);
                }},
        Hostile{"a broken own lateness",
                [](Delta& d) { d.mutable_own_lateness()->set_min_ns(5); }},
        Hostile{"a broken blocked time",
                [](Delta& d) { d.mutable_blocked()->add_counts(5); }}));

}  // namespace
}  // namespace invocator
