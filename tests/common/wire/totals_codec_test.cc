#include "common/wire/totals_codec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/result/bin_totals.h"
#include "common/wire/histogram_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/source_path.h"
#include "tests/support/tallies.h"

namespace invocator {
namespace {

template <typename Of>
struct Sum {
  uint64_t Of::*member;
  const char* name;
};
constexpr Sum<BinTotals> kBinSums[] = {
#define INVOCATOR_LINE(name) {&BinTotals::name, #name},
    INVOCATOR_BIN_SUMS(INVOCATOR_LINE)
#undef INVOCATOR_LINE
};
constexpr Sum<Totals> kSums[] = {
#define INVOCATOR_LINE(name) {&Totals::name, #name},
    INVOCATOR_TOTALS_SUMS(INVOCATOR_LINE)
        INVOCATOR_TOTALS_MAXIMA(INVOCATOR_LINE)
#undef INVOCATOR_LINE
};
template <typename Of>
struct Part {
  Histogram Of::*member;
  const char* name;
};
constexpr Part<BinTotals> kBinParts[] = {
#define INVOCATOR_LINE(name, group) {&BinTotals::name, #name},
    INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_LINE)
#undef INVOCATOR_LINE
};
constexpr Part<Totals> kParts[] = {
#define INVOCATOR_LINE(name, group, of_workers) {&Totals::name, #name},
    INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_LINE)
#undef INVOCATOR_LINE
};

constexpr uint32_t kTicks = 100;

void Add(const Record& record, uint64_t digest_term, Totals& totals) {
  totals.AddRest(record, digest_term, /*blocking=*/true);
  ++totals.sent;
  ++totals.Of(record.outcome);
  totals.lateness.Add(record.LatenessNs());
  if (record.outcome == Outcome::kAborted) return;
  totals.service.Add(record.ServiceNs());
  totals.response.Add(record.ResponseNs());
  totals.first_byte.Add(record.ServiceNs() / 2);
  totals.cold += record.warmth == Warmth::kCold;
  totals.warm += record.warmth == Warmth::kWarm;
}

// Calls of every kind, so that no part is empty.
Totals Counted() {
  Totals totals;
  Record cold = MakeRecord(0, 0, Outcome::kOk);
  cold.warmth = Warmth::kCold;
  cold.billed_ms = 3;
  cold.memory_mb = 128;
  cold.memory_used_mb = 77;
  cold.init_us = 250;
  Add(cold, 0x100, totals);
  Record warm = MakeRecord(0, 1, Outcome::kAuthError);
  warm.warmth = Warmth::kWarm;
  warm.reason = Reason::kForbidden;
  warm.blocked_ns = 5'000;
  Add(warm, 0x20, totals);
  Add(MakeRecord(0, 2, Outcome::kAborted), 0x3, totals);
  totals.dropped = 4;
  return totals;
}

// Everything is in one bin, at tick 7.
wire::InstanceDelta MessageOf(const Totals& totals) {
  wire::InstanceDelta message;
  ToWire(totals, message);
  message.add_bins()->set_tick(7);
  ToWire(static_cast<const BinTotals&>(totals), *message.mutable_bins(0));
  return message;
}

// Types of a message's fields by name, from the source: generated code has no
// descriptions of them.
std::map<std::string, std::string> FieldsOf(const std::string& message) {
  std::ifstream file(SourcePath("proto/fleet.proto"));
  std::map<std::string, std::string> fields;
  bool is_in_message = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "message " + message + " {") is_in_message = true;
    if (line == "}") is_in_message = false;
    std::vector<std::string> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (!words.empty() && words[0] == "repeated") words.erase(words.begin());
    if (is_in_message && words.size() > 3 && words[2] == "=") {
      fields[words[1]] = words[0];
    }
  }
  return fields;
}

// Every field of the messages is in one of the lists; `in_lists` has the fields
// that no list needs.
template <typename Sums, typename Parts>
void ExpectToName(const std::string& message, std::set<std::string> in_lists,
                  const Sums& sums, const Parts& parts) {
  const std::map<std::string, std::string> fields = FieldsOf(message);
  for (const auto& sum : sums) {
    EXPECT_EQ(fields.count(sum.name), 1u) << sum.name;
    EXPECT_TRUE(in_lists.insert(sum.name).second) << sum.name;
  }
  for (const auto& histogram : parts) {
    ASSERT_EQ(fields.count(histogram.name), 1u) << histogram.name;
    EXPECT_EQ(fields.at(histogram.name), "Histogram");
    EXPECT_TRUE(in_lists.insert(histogram.name).second) << histogram.name;
  }
  for (const auto& [name, type] : fields) {
    EXPECT_EQ(in_lists.count(name), 1u) << name;
  }
}

TEST(TotalsCodecTest, ListsAndMessagesNameTheSame) {
  ExpectToName("InstanceDelta", {"instance", "warmup", "bins", "reasons"},
               kSums, kParts);
  ExpectToName("BinDelta", {"tick", "outcomes"}, kBinSums, kBinParts);
}

template <typename Of, typename Sums, typename Parts>
void ExpectEqual(const Of& actual, const Of& expected, const Sums& sums,
                 const Parts& parts) {
  for (const auto& sum : sums) {
    EXPECT_GT(expected.*sum.member, 0u) << sum.name;
    EXPECT_EQ(actual.*sum.member, expected.*sum.member) << sum.name;
  }
  for (const auto& histogram : parts) {
    EXPECT_GT((expected.*histogram.member).count(), 0u) << histogram.name;
    EXPECT_EQ(ToWire(actual.*histogram.member).SerializeAsString(),
              ToWire(expected.*histogram.member).SerializeAsString())
        << histogram.name;
  }
}

TEST(TotalsCodecTest, WhatIsAddedIsWhatWasCounted) {
  const Totals sent = Counted();
  const wire::InstanceDelta message = MessageOf(sent);
  const TotalsDelta delta(message);
  ASSERT_TRUE(delta.Check(7, kTicks).ok()) << delta.Check(7, kTicks);
  EXPECT_EQ(delta.sent(), 3u);
  EXPECT_EQ(delta.dropped(), 4u);
  EXPECT_EQ(delta.sent_digest(), 0x123u);
  EXPECT_EQ(delta.outcome(Outcome::kAuthError), 1u);
  EXPECT_FALSE(delta.Check(6, kTicks).ok());
  Totals twice;
  for (int time = 0; time < 2; ++time) {
    delta.AddRestTo(twice);
    delta.ForEachBin([&](uint32_t tick, const BinTotals& bin) {
      EXPECT_EQ(tick, 7u);
      twice.MergeBin(bin);
    });
  }
  Totals expected;
  expected.Merge(sent);
  expected.Merge(sent);
  ExpectEqual(twice, expected, kSums, kParts);
  ExpectEqual<BinTotals>(twice, expected, kBinSums, kBinParts);
  EXPECT_EQ(twice.memory_used_mb, 77u);
  EXPECT_EQ(twice.outcomes, expected.outcomes);
  EXPECT_EQ(twice.reasons, expected.reasons);
}

TEST(TotalsCodecTest, OfWorkersBillsAndOwnLatenessAreKept) {
  const wire::InstanceDelta message = MessageOf(Counted());
  Totals worker;
  TotalsDelta(message).AddRestToWorker(worker);
  EXPECT_EQ(worker.billed_mb_ms, 3u * 128);
  EXPECT_EQ(worker.sent_digest, 0x123u);
  EXPECT_EQ(worker.own_lateness.count(), 3u);
  EXPECT_EQ(worker.blocked.count(), 0u);
  EXPECT_EQ(worker.cold_service.count(), 0u);
  EXPECT_EQ(worker.sent, 0u) << "which is in the bins";
}

TEST(TotalsCodecTest, WhatWasNotCountedTakesNoRoom) {
  Totals totals;
  totals.dropped = 1;
  const wire::InstanceDelta message = MessageOf(totals);
  EXPECT_LT(message.ByteSizeLong(), 20u);
  EXPECT_TRUE(TotalsDelta(message).Check(1, kTicks).ok());
}

TEST(TotalsCodecTest, OfSeveralBinsEachIsVisitedWithItsTick) {
  wire::InstanceDelta message;
  for (const uint32_t tick : {3u, 4u, 99u}) {
    BinTotals bin;
    bin.dropped = tick * 10;
    message.add_bins()->set_tick(tick);
    ToWire(bin, *message.mutable_bins(message.bins_size() - 1));
  }
  const TotalsDelta delta(message);
  EXPECT_TRUE(delta.Check(1'060, 100).ok()) << delta.Check(1'060, 100);
  EXPECT_FALSE(delta.Check(1'060, 99).ok());
  EXPECT_FALSE(delta.Check(1'059, 100).ok());
  EXPECT_EQ(delta.dropped(), 1'060u);
  std::vector<std::pair<uint32_t, uint64_t>> visited;
  delta.ForEachBin([&](uint32_t tick, const BinTotals& bin) {
    visited.emplace_back(tick, bin.dropped);
  });
  EXPECT_EQ(visited, (std::vector<std::pair<uint32_t, uint64_t>>{
                         {3, 30}, {4, 40}, {99, 990}}));
}

// A call is counted in up to three bins, all in one delta.
TEST(TotalsCodecTest, ACallMayBeScheduledSentAndEndedInThreeBins) {
  wire::InstanceDelta message;
  BinTotals scheduled, sent, ended;
  scheduled.lateness.Add(1'000'000'000);
  scheduled.service.Add(1'000'000'000);
  scheduled.response.Add(2'000'000'000);
  sent.sent = 1;
  ended.Of(Outcome::kOk) = 1;
  for (const BinTotals* bin : {&scheduled, &sent, &ended}) {
    const int index = message.bins_size();
    message.add_bins()->set_tick(static_cast<uint32_t>(index));
    ToWire(*bin, *message.mutable_bins(index));
  }
  EXPECT_TRUE(TotalsDelta(message).Check(1, kTicks).ok());
  for (int lacking = 0; lacking < 3; ++lacking) {
    wire::InstanceDelta part = message;
    part.mutable_bins()->DeleteSubrange(lacking, 1);
    EXPECT_FALSE(TotalsDelta(part).Check(1, kTicks).ok()) << lacking;
  }
}

}  // namespace
}  // namespace invocator
