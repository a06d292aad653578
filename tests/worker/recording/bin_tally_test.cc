#include "worker/recording/bin_tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "common/result/bin_totals.h"
#include "common/wire/totals_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/binned_calls.h"

namespace invocator {
namespace {

using testing::ElementsAre;

constexpr int64_t kMs = 1'000'000;

class BinTallyTest : public testing::Test {
 protected:
  void Add(const Record& record) { tally_.Add(record, bins_, pool_); }

  // The counts by tick. Checks that the ticks ascend.
  std::map<uint32_t, BinTotals> Take() {
    wire::Progress progress;
    ProgressWriter writer(progress);
    writer.BeginTotals(0, /*warmup=*/false, Totals());
    tally_.TakeBins(writer, pool_);
    EXPECT_TRUE(tally_.empty());
    std::map<uint32_t, BinTotals> counts;
    const TotalsDelta delta(progress.instances(0));
    delta.ForEachBin([&](uint32_t tick, const BinTotals& bin) {
      EXPECT_TRUE(counts.empty() || counts.rbegin()->first < tick);
      counts[tick].Merge(bin);
    });
    return counts;
  }

  static std::vector<uint32_t> TicksOf(
      const std::map<uint32_t, BinTotals>& counts) {
    std::vector<uint32_t> ticks;
    for (const auto& [tick, bin] : counts) ticks.push_back(tick);
    return ticks;
  }

  const TimeBins bins_{10};  // ticks of 0.1 s
  BinPool pool_;
  BinTally tally_;
};

// Scheduled in tick 1, sent in tick 2, first byte in tick 5, done in tick 10.
Record LongCall() {
  Record record;
  record.scheduled_ns = 150 * kMs;
  record.sent_ns = 250 * kMs;
  record.first_byte_ns = 550 * kMs;
  record.done_ns = 1'050 * kMs;
  return record;
}

TEST_F(BinTallyTest, EachInstantOfACallHasATickOfItsOwn) {
  Record record = LongCall();
  record.outcome = Outcome::kHttpError;
  record.warmth = Warmth::kCold;
  Add(record);
  const auto counts = Take();
  ASSERT_THAT(TicksOf(counts), ElementsAre(1, 2, 10));
  BinTotals scheduled, sent, done;
  scheduled.lateness.Add(100 * kMs);
  scheduled.service.Add(800 * kMs);
  scheduled.response.Add(900 * kMs);
  scheduled.first_byte.Add(300 * kMs);
  sent.sent = 1;
  done.Of(Outcome::kHttpError) = 1;
  done.cold = 1;
  EXPECT_TRUE(Same(counts.at(1), scheduled));
  EXPECT_TRUE(Same(counts.at(2), sent));
  EXPECT_TRUE(Same(counts.at(10), done));
}

TEST_F(BinTallyTest, AnAbortedCallIsCountedWhereItWasScheduled) {
  Record record = LongCall();
  record.outcome = Outcome::kAborted;
  Add(record);
  const auto counts = Take();
  ASSERT_THAT(TicksOf(counts), ElementsAre(1, 2));
  BinTotals scheduled;
  scheduled.lateness.Add(100 * kMs);
  scheduled.Of(Outcome::kAborted) = 1;
  EXPECT_TRUE(Same(counts.at(1), scheduled)) << "and has no latency";
  EXPECT_EQ(counts.at(2).sent, 1u);
}

TEST_F(BinTallyTest, DroppedCallsAreCountedInTheirTick) {
  tally_.AddDropped(700 * kMs, bins_, pool_);
  tally_.AddDropped(399 * kMs, bins_, pool_);
  tally_.AddDropped(799 * kMs, bins_, pool_);
  const auto counts = Take();
  ASSERT_THAT(TicksOf(counts), ElementsAre(3, 7));
  EXPECT_EQ(counts.at(3).dropped, 1u);
  EXPECT_EQ(counts.at(7).dropped, 2u);
}

TEST_F(BinTallyTest, WarmthIsOfTheTickInWhichACallEnded) {
  for (const Warmth warmth :
       {Warmth::kCold, Warmth::kWarm, Warmth::kWarm, Warmth::kUnknown}) {
    Record record = LongCall();
    record.warmth = warmth;
    Add(record);
  }
  const auto counts = Take();
  EXPECT_EQ(counts.at(10).cold, 1u);
  EXPECT_EQ(counts.at(10).warm, 2u);
  EXPECT_EQ(counts.at(1).cold + counts.at(1).warm, 0u);
}

TEST_F(BinTallyTest, AnAnswerThatNeverBeganHasNoFirstByte) {
  Record record = LongCall();
  record.first_byte_ns = Record::kNever;
  record.outcome = Outcome::kTimeout;
  Add(record);
  Add(LongCall());
  const auto counts = Take();
  EXPECT_EQ(counts.at(1).service.count(), 2u);
  EXPECT_EQ(counts.at(1).first_byte.count(), 1u);
}

TEST_F(BinTallyTest, InstantsAreSplitToTheNanosecond) {
  Record record;
  record.scheduled_ns = 100 * kMs - 1;
  record.sent_ns = record.done_ns = 100 * kMs;
  Add(record);
  EXPECT_THAT(TicksOf(Take()), ElementsAre(0, 1));
}

TEST_F(BinTallyTest, ATickEndsBeforeTheNextWhereverTheLastCallWas) {
  // Dropped calls have one instant alone. The last tick, and the first, also
  // count what lies outside of all.
  const uint32_t last = bins_.ticks() - 1;
  const int64_t last_ns = last * (100 * kMs);
  const struct {
    int64_t instant_ns;
    uint32_t tick;
  } cases[] = {
      {0, 0},
      {100 * kMs - 1, 0},
      {100 * kMs, 1},
      {200 * kMs - 1, 1},
      {200 * kMs, 2},
      {-1, 0},
      {INT64_MIN, 0},
      {last_ns - 1, last - 1},
      {last_ns, last},
      {last_ns + 100 * kMs, last},
      {INT64_MAX, last},
  };
  for (const auto& before : cases) {
    for (const auto& c : cases) {
      tally_.AddDropped(before.instant_ns, bins_, pool_);
      tally_.AddDropped(c.instant_ns, bins_, pool_);
      const auto counts = Take();
      ASSERT_TRUE(counts.contains(c.tick)) << c.instant_ns;
      EXPECT_EQ(counts.at(c.tick).dropped, before.tick == c.tick ? 2u : 1u)
          << c.instant_ns << " after " << before.instant_ns;
    }
  }
}

TEST_F(BinTallyTest, AnyCallsCountAsOneByOne) {
  std::mt19937_64 random(1);
  // Repeats with the same pool: earlier counts must not remain in it.
  for (int round = 0; round < 20; ++round) {
    PlainBins expected(100 * kMs, int64_t{bins_.ticks()} - 1);
    // Also near the end, where all instants are in the last tick.
    const int64_t from_ns = round % 4 == 3 ? 69'000 * kMs : round * kMs;
    for (uint64_t n = random() % 500; n > 0; --n) {
      Record record = RandomCall(random, /*until_ns=*/2'000 * kMs);
      record.scheduled_ns += from_ns;
      record.sent_ns += from_ns;
      if (record.first_byte_ns != Record::kNever) {
        record.first_byte_ns += from_ns;
      }
      record.done_ns += from_ns;
      Add(record);
      expected.Add(record);
      if (n % 10 == 0) {
        tally_.AddDropped(record.scheduled_ns, bins_, pool_);
        expected.AddDropped(record.scheduled_ns);
      }
    }
    const auto counts = Take();
    ASSERT_EQ(counts.size(), expected.bins().size());
    for (const auto& [tick, bin] : counts) {
      EXPECT_TRUE(Same(bin, expected[tick])) << tick;
    }
  }
}

TEST_F(BinTallyTest, WithNothingAddedThereAreNoBins) {
  EXPECT_TRUE(tally_.empty());
  EXPECT_TRUE(Take().empty());
  Add(LongCall());
  EXPECT_FALSE(tally_.empty());
  Take();
  EXPECT_TRUE(Take().empty());
}

TEST(BinPool, ReturnedBinsComeBackEmpty) {
  BinPool pool;
  auto bin = pool.Take();
  const BinTotals* const address = bin.get();
  bin->sent = bin->dropped = bin->cold = bin->warm = 1;
  bin->outcomes.fill(1);
  for (Histogram* histogram :
       {&bin->lateness, &bin->service, &bin->response, &bin->first_byte}) {
    for (int i = 0; i < 100; ++i) histogram->Add(i * kMs);
  }
  pool.Return(std::move(bin));
  const auto again = pool.Take();
  EXPECT_EQ(again.get(), address);
  EXPECT_TRUE(Same(*again, BinTotals()));
}

}  // namespace
}  // namespace invocator
