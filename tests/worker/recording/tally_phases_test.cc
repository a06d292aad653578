// A tally counts the warm-up and the measured calls apart.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "common/plan/digest.h"
#include "common/result/bin_totals.h"
#include "common/wire/totals_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/binned_calls.h"
#include "tests/support/tallies.h"
#include "worker/recording/tally.h"

namespace invocator {
namespace {

TEST(TallyPhasesTest, PhasesAreSplitAtTheEndOfTheWarmUpToTheNanosecond) {
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

// For any division into deltas: each is consistent by itself, and their sum is
// all that was added.
TEST(TallyPhasesTest, CallsAreTakenWhole) {
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

}  // namespace
}  // namespace invocator
