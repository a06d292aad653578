#include "common/result/totals.h"

#include <gtest/gtest.h>

#include <vector>

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

}  // namespace
}  // namespace invocator
