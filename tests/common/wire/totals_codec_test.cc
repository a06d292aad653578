#include "common/wire/totals_codec.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/wire/histogram_codec.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

Record MakeRecord(uint64_t sequence, Outcome outcome) {
  Record record;
  record.sequence = sequence;
  record.outcome = outcome;
  record.scheduled_ns = static_cast<int64_t>(sequence) * 1'000'000;
  record.sent_ns = record.scheduled_ns + 10'000;
  record.done_ns = record.sent_ns + 2'000'000;
  return record;
}

struct Sum {
  uint64_t Totals::*member;
  const char* name;
};
constexpr Sum kSums[] = {
#define INVOCATOR_LINE(name) {&Totals::name, #name},
    INVOCATOR_TOTALS_SUMS(INVOCATOR_LINE)
        INVOCATOR_TOTALS_MAXIMA(INVOCATOR_LINE)
#undef INVOCATOR_LINE
};
struct Part {
  Histogram Totals::*member;
  const char* name;
};
constexpr Part kParts[] = {
#define INVOCATOR_LINE(name, group, of_workers) {&Totals::name, #name},
    INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_LINE)
#undef INVOCATOR_LINE
};

// Calls of every kind, so that no part is empty.
Totals Counted() {
  Totals totals;
  Record cold = MakeRecord(0, Outcome::kOk);
  cold.warmth = Warmth::kCold;
  cold.billed_ms = 3;
  cold.memory_mb = 128;
  cold.memory_used_mb = 77;
  cold.init_us = 250;
  totals.Add(cold, 0x100, /*blocking=*/true);
  Record warm = MakeRecord(1, Outcome::kAuthError);
  warm.warmth = Warmth::kWarm;
  warm.reason = Reason::kForbidden;
  warm.blocked_ns = 5'000;
  totals.Add(warm, 0x20, /*blocking=*/true);
  totals.Add(MakeRecord(2, Outcome::kAborted), 0x3, /*blocking=*/true);
  totals.dropped = 4;
  return totals;
}

// Each number of the message has a place in a list, but for the instance.
TEST(TotalsCodecTest, ListsAndMessageNameTheSame) {
  const auto* message = wire::InstanceDelta::descriptor();
  std::set<std::string> in_lists = {"instance", "outcomes", "reasons"};
  for (const Sum& sum : kSums) {
    EXPECT_NE(message->FindFieldByName(sum.name), nullptr) << sum.name;
    EXPECT_TRUE(in_lists.insert(sum.name).second) << sum.name;
  }
  for (const Part& histogram : kParts) {
    const auto* field = message->FindFieldByName(histogram.name);
    ASSERT_NE(field, nullptr) << histogram.name;
    EXPECT_EQ(field->message_type(), wire::Histogram::descriptor());
    EXPECT_TRUE(in_lists.insert(histogram.name).second) << histogram.name;
  }
  for (int i = 0; i < message->field_count(); ++i) {
    EXPECT_EQ(in_lists.count(message->field(i)->name()), 1u)
        << message->field(i)->name();
  }
}

TEST(TotalsCodecTest, WhatIsAddedIsWhatWasCounted) {
  const Totals sent = Counted();
  wire::InstanceDelta message;
  ToWire(sent, message);
  const TotalsDelta delta(message);
  ASSERT_TRUE(delta.Check(7).ok()) << delta.Check(7);
  EXPECT_EQ(delta.sent(), 3u);
  EXPECT_EQ(delta.dropped(), 4u);
  EXPECT_EQ(delta.sent_digest(), 0x123u);
  EXPECT_EQ(delta.outcome(Outcome::kAuthError), 1u);
  EXPECT_FALSE(delta.Check(6).ok());
  Totals twice;
  delta.AddTo(twice);
  delta.AddTo(twice);
  Totals expected;
  expected.Merge(sent);
  expected.Merge(sent);
  for (const Sum& sum : kSums) {
    EXPECT_GT(expected.*sum.member, 0u) << sum.name;
    EXPECT_EQ(twice.*sum.member, expected.*sum.member) << sum.name;
  }
  EXPECT_EQ(twice.memory_used_mb, 77u);
  EXPECT_EQ(twice.outcomes, expected.outcomes);
  EXPECT_EQ(twice.reasons, expected.reasons);
  for (const Part& histogram : kParts) {
    EXPECT_GT((expected.*histogram.member).count(), 0u) << histogram.name;
    EXPECT_EQ(ToWire(twice.*histogram.member).SerializeAsString(),
              ToWire(expected.*histogram.member).SerializeAsString())
        << histogram.name;
  }
}

TEST(TotalsCodecTest, OfWorkersCountsAndLatenessAreKept) {
  wire::InstanceDelta message;
  ToWire(Counted(), message);
  Totals worker;
  TotalsDelta(message).AddToWorker(worker);
  EXPECT_EQ(worker.sent, 3u);
  EXPECT_EQ(worker.billed_mb_ms, 3u * 128);
  EXPECT_EQ(worker.lateness.count(), 3u);
  EXPECT_EQ(worker.own_lateness.count(), 3u);
  EXPECT_EQ(worker.response.count(), 0u);
  EXPECT_EQ(worker.blocked.count(), 0u);
}

TEST(TotalsCodecTest, WhatWasNotCountedTakesNoRoom) {
  Totals totals;
  totals.dropped = 1;
  wire::InstanceDelta message;
  ToWire(totals, message);
  EXPECT_LT(message.ByteSizeLong(), 20u);
  EXPECT_TRUE(TotalsDelta(message).Check(1).ok());
}

}  // namespace
}  // namespace invocator
