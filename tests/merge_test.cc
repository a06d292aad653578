#include "coordinator/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "common/histogram_codec.h"

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
  for (uint64_t& count : totals.outcomes) count = draw(100);
  totals.planned_digest = uint64_t{random()} << 32 | random();
  totals.sent_digest = uint64_t{random()} << 32 | random();
  totals.billed_count = draw(1'000);
  totals.billed_ms = draw(1'000'000);
  totals.billed_mb_ms = draw(1'000'000'000);
  for (Histogram* histogram :
       {&totals.lateness, &totals.service, &totals.response,
        &totals.own_lateness, &totals.blocked}) {
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
  EXPECT_EQ(a.outcomes, b.outcomes);
  EXPECT_EQ(a.planned_digest, b.planned_digest);
  EXPECT_EQ(a.sent_digest, b.sent_digest);
  EXPECT_EQ(a.billed_count, b.billed_count);
  EXPECT_EQ(a.billed_ms, b.billed_ms);
  EXPECT_EQ(a.billed_mb_ms, b.billed_mb_ms);
  ExpectEqual(a.lateness, b.lateness);
  ExpectEqual(a.service, b.service);
  ExpectEqual(a.response, b.response);
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

wire::InstanceDelta DeltaOf(uint32_t instance, uint64_t sent) {
  wire::InstanceDelta delta;
  delta.set_instance(instance);
  delta.set_sent(sent);
  for (size_t i = 0; i < kOutcomes; ++i) delta.add_outcomes(i == 0 ? sent : 0);
  delta.set_sent_digest(sent * 11);
  Histogram histogram;
  histogram.Add(20'000'000, sent);
  *delta.mutable_lateness() = ToWire(histogram);
  *delta.mutable_service() = ToWire(histogram);
  *delta.mutable_response() = ToWire(histogram);
  return delta;
}

wire::Progress ProgressOf(std::vector<wire::InstanceDelta> deltas) {
  wire::Progress progress;
  for (wire::InstanceDelta& delta : deltas) {
    *progress.add_instances() = std::move(delta);
  }
  return progress;
}

TEST(MergerTest, DeltasAddUpByInstanceAndByWorker) {
  Merger merger(2, 2);
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
  const Totals total = merger.Total();
  EXPECT_EQ(total.sent, 13u);
  EXPECT_EQ(total.outcomes[0], 13u);
  EXPECT_EQ(total.sent_digest, 143u);
  EXPECT_EQ(total.response.count(), 13u);
}

TEST(MergerTest, BlockedTimeIsMergedWhereThereIsSome) {
  wire::InstanceDelta delta = DeltaOf(0, 2);
  *delta.mutable_own_lateness() = ToWire(HistogramOf({1'000, 2'000}));
  *delta.mutable_blocked() = ToWire(HistogramOf({3'000, 9'000}));
  Merger merger(1, 1);
  ASSERT_TRUE(merger.Add(0, ProgressOf({delta})).ok());
  EXPECT_EQ(merger.instances()[0].own_lateness.max_ns(), 2'000);
  EXPECT_EQ(merger.instances()[0].blocked.max_ns(), 9'000);
  EXPECT_EQ(merger.workers()[0].own_lateness.max_ns(), 2'000);
}

TEST(MergerTest, WhatIsBilledAddsUpByInstanceAndByWorker) {
  Merger merger(2, 2);
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
  EXPECT_EQ(merger.Total().billed_mb_ms, 140u * 128);
}

struct Hostile {
  const char* what;
  std::function<void(wire::InstanceDelta&)> spoil;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.what;
}

class HostileDeltaTest : public testing::TestWithParam<Hostile> {};

TEST_P(HostileDeltaTest, IsRefused) {
  wire::InstanceDelta delta = DeltaOf(0, 3);
  GetParam().spoil(delta);
  Merger merger(1, 1);
  ASSERT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 1)})).ok());
  EXPECT_EQ(merger.Add(0, ProgressOf({delta})).code(),
            absl::StatusCode::kInvalidArgument);
}

using Delta = wire::InstanceDelta;

INSTANTIATE_TEST_SUITE_P(
    Merger, HostileDeltaTest,
    testing::Values(
        Hostile{"an unknown instance", [](Delta& d) { d.set_instance(1); }},
        Hostile{"no outcomes", [](Delta& d) { d.clear_outcomes(); }},
        Hostile{"an outcome more", [](Delta& d) { d.add_outcomes(1); }},
        Hostile{"a negative minimum",
                [](Delta& d) { d.mutable_lateness()->set_min_ns(-1); }},
        Hostile{"a minimum over the maximum",
                [](Delta& d) { d.mutable_service()->set_max_ns(0); }},
        Hostile{"a sum that is no number",
                [](Delta& d) {
                  d.mutable_response()->set_sum_ns(
                      std::numeric_limits<double>::quiet_NaN());
                }},
        Hostile{"an infinite sum",
                [](Delta& d) {
                  d.mutable_lateness()->set_sum_ns(
                      std::numeric_limits<double>::infinity());
                }},
        Hostile{"a cell beyond the last",
                [](Delta& d) {
                  d.mutable_lateness()->set_index_deltas(0, Histogram::kCells);
                }},
        Hostile{"a count for no cell",
                [](Delta& d) { d.mutable_lateness()->add_counts(1); }},
        Hostile{"counts that overflow the total",
                [](Delta& d) {
                  d.mutable_lateness()->set_counts(0, UINT64_MAX);
                  d.mutable_lateness()->set_sum_ns(0x1p64 * 20'000'000);
                }},
        Hostile{"a broken own lateness",
                [](Delta& d) { d.mutable_own_lateness()->set_min_ns(5); }},
        Hostile{"a broken blocked time",
                [](Delta& d) { d.mutable_blocked()->add_counts(5); }}));

}  // namespace
}  // namespace invocator
