// Sizes of the messages that a tally fills.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/wire/protocol.h"
#include "proto/fleet.pb.h"
#include "tests/support/tallies.h"
#include "worker/recording/tally.h"

namespace invocator {
namespace {

TEST(TallySizeTest, NoDeltaIsBegunOnceThereIsEnough) {
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

TEST(TallySizeTest, FailuresDoNotOutgrowAProgress) {
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

TEST(TallySizeTest, MuchIsCutIntoSeveralDeltasWithoutLoss) {
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

TEST(TallySizeTest, OneInstanceCannotOutgrowAMessage) {
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
