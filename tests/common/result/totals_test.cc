#include "common/result/totals.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

#include "tests/support/histograms.h"
#include "tests/support/same_totals.h"

namespace invocator {
namespace {

// Every field differs from every other, and from those of another `seed`.
Totals Filled(uint64_t seed) {
  uint64_t next = seed;
  Totals totals;
  for (uint64_t* field :
       {&totals.planned, &totals.sent, &totals.dropped, &totals.unsent,
        &totals.cold, &totals.warm, &totals.planned_digest, &totals.sent_digest,
        &totals.billed_count, &totals.billed_ms, &totals.billed_mb_ms,
        &totals.memory_used_mb}) {
    *field = next++;
  }
  for (uint64_t& count : totals.outcomes) count = next++;
  for (uint64_t& count : totals.reasons) count = next++;
  for (Histogram* histogram :
       {&totals.cold_service, &totals.cold_response, &totals.warm_service,
        &totals.warm_response, &totals.init, &totals.lateness, &totals.service,
        &totals.response, &totals.first_byte, &totals.own_lateness,
        &totals.blocked}) {
    histogram->Add(static_cast<int64_t>(1'000'000 * next), next);
    ++next;
  }
  return totals;
}

std::vector<uint64_t> CountsOf(const Totals& t) {
  std::vector<uint64_t> counts = {
      t.planned,        t.sent,        t.dropped,      t.unsent,
      t.planned_digest, t.sent_digest, t.billed_count, t.billed_ms,
      t.billed_mb_ms,   t.cold,        t.warm};
  counts.insert(counts.end(), t.outcomes.begin(), t.outcomes.end());
  counts.insert(counts.end(), t.reasons.begin(), t.reasons.end());
  for (const Histogram* histogram :
       {&t.cold_service, &t.cold_response, &t.warm_service, &t.warm_response,
        &t.init, &t.lateness, &t.service, &t.response, &t.first_byte,
        &t.own_lateness, &t.blocked}) {
    counts.push_back(histogram->count());
    counts.push_back(static_cast<uint64_t>(histogram->sum_ns()));
  }
  return counts;
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

Totals Copy(const Totals& totals) {
  Totals copy;
  copy.Merge(totals);
  return copy;
}

TEST(TotalsTest, EveryCountAddsUp) {
  const std::vector<uint64_t> one = CountsOf(Filled(100));
  const std::vector<uint64_t> other = CountsOf(Filled(7'000));
  Totals totals;
  totals.Merge(Filled(100));
  EXPECT_EQ(CountsOf(totals), one);
  totals.Merge(Filled(7'000));
  const std::vector<uint64_t> both = CountsOf(totals);
  for (size_t i = 0; i < both.size(); ++i) {
    EXPECT_EQ(both[i], one[i] + other[i]) << "field " << i;
  }
}

TEST(TotalsTest, CountsAddUpWithoutTheHistograms) {
  const Totals from = Filled(100);
  Totals totals;
  totals.MergeCounts(from);
  Totals expected;
  expected.Merge(from);
  expected.MergeCounts(from);
  totals.Merge(from);
  EXPECT_EQ(CountsOf(totals), CountsOf(expected));
  EXPECT_EQ(totals.response.count(), from.response.count());
  EXPECT_EQ(totals.sent, 2 * from.sent);
}

TEST(TotalsTest, ABinAddsToItsPartsAndToNoOther) {
  const Totals bin = Filled(100);
  Totals totals;
  totals.MergeBin(bin);
  EXPECT_EQ(totals.sent, bin.sent);
  EXPECT_EQ(totals.cold, bin.cold);
  EXPECT_EQ(totals.outcomes, bin.outcomes);
  EXPECT_EQ(totals.first_byte.count(), bin.first_byte.count());
  EXPECT_EQ(totals.planned, 0u);
  EXPECT_EQ(totals.sent_digest, 0u);
  EXPECT_EQ(totals.init.count(), 0u);
  totals.MergeBinCounts(bin);
  EXPECT_EQ(totals.warm, 2 * bin.warm);
  EXPECT_EQ(totals.lateness.count(), bin.lateness.count());
}

TEST(TotalsTest, ClearedAreLikeNew) {
  Totals totals = Filled(100);
  totals.Clear();
  EXPECT_EQ(CountsOf(totals), CountsOf(Totals()));
  EXPECT_EQ(totals.memory_used_mb, 0u);
}

TEST(TotalsTest, TheMostMemoryIsTheMostOfAll) {
  Totals totals, more, less;
  more.memory_used_mb = 90;
  less.memory_used_mb = 70;
  totals.Merge(less);
  EXPECT_EQ(totals.memory_used_mb, 70u);
  totals.Merge(more);
  totals.Merge(less);
  EXPECT_EQ(totals.memory_used_mb, 90u);
}

TEST(TotalsTest, WhatWasCutOffIsNotCompleted) {
  Totals totals;
  totals.sent = 10;
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = 4;
  totals.outcomes[static_cast<size_t>(Outcome::kTimeout)] = 3;
  totals.outcomes[static_cast<size_t>(Outcome::kAborted)] = 2;
  totals.outcomes[static_cast<size_t>(Outcome::kLost)] = 1;
  EXPECT_EQ(totals.Completed(), 7u);
}

TEST(TotalsTest, GigabyteSecondsAreOf1024Megabytes) {
  Totals totals;
  totals.billed_mb_ms = 512 * 3'000;  // half a gigabyte for three seconds
  EXPECT_DOUBLE_EQ(totals.BilledGbSeconds(), 1.5);
}

TEST(TotalsTest, ABlockingPlansOwnLatenessIsWithoutTheWait) {
  Totals totals;
  totals.lateness.Add(5'000'000);
  EXPECT_EQ(totals.OwnLateness().max_ns(), 5'000'000);
  totals.own_lateness.Add(1'000'000);
  EXPECT_EQ(totals.OwnLateness().max_ns(), 1'000'000);
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

}  // namespace
}  // namespace invocator
