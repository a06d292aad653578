#include "worker/outbox.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "worker/spill_queue.h"

namespace invocator {
namespace {

std::string Item(int i) { return std::to_string(i) + std::string(50, 'x'); }

class SpillQueueTest : public testing::Test {
 protected:
  const TempDir folder_;
  // Room for about three.
  SpillQueue queue_{/*memory_bytes=*/160, folder_.path()};
};

TEST_F(SpillQueueTest, WhatDoesNotFitIntoMemoryKeepsItsPlace) {
  int next_in = 0, next_out = 0;
  // Grows, shrinks and empties, several times.
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(queue_.Push(Item(next_in++)).ok());
      if (i % 3 == 0) {
        EXPECT_EQ(*queue_.Pop(), Item(next_out++));
      }
    }
    EXPECT_TRUE(queue_.spilled());
    while (!queue_.empty()) EXPECT_EQ(*queue_.Pop(), Item(next_out++));
    EXPECT_FALSE(queue_.spilled());
  }
  EXPECT_EQ(next_in, next_out);
}

TEST_F(SpillQueueTest, AnItemMayBeEmptyOrLargerThanTheMemory) {
  ASSERT_TRUE(queue_.Push(std::string(100'000, 'y')).ok());
  ASSERT_TRUE(queue_.Push("").ok());
  EXPECT_EQ(queue_.size(), 2u);
  EXPECT_EQ(queue_.Pop()->size(), 100'000u);
  EXPECT_EQ(*queue_.Pop(), "");
}

TEST(SpillQueueErrorTest, WithoutAFolderOnlyMemoryIsLeft) {
  SpillQueue queue(160, "/nonexistent");
  int held = 0;
  absl::Status status;
  while ((status = queue.Push(Item(held))).ok()) ++held;
  EXPECT_EQ(held, 3);
  EXPECT_NE(status.message().find("/nonexistent"), std::string::npos);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(*queue.Pop(), Item(0));
  EXPECT_TRUE(queue.Push(Item(9)).ok());
}

wire::Report ReportOf(uint64_t in_flight) {
  wire::Report report;
  report.mutable_progress()->set_in_flight(in_flight);
  return report;
}

class OutboxTest : public testing::Test {
 protected:
  void Add(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      ASSERT_TRUE(outbox_.Add(ReportOf(i)).ok());
    }
  }
  // The numbers of what there is to send now.
  std::vector<uint64_t> Send() {
    std::vector<uint64_t> numbers;
    while (auto message = *outbox_.Next()) {
      numbers.push_back(message->report().number());
    }
    return numbers;
  }
  using Numbers = std::vector<uint64_t>;

  const TempDir folder_;
  // A report takes some 6 bytes: few are under way, few in memory.
  Outbox outbox_{{/*under_way_bytes=*/24, /*memory_bytes=*/20, folder_.path()}};
};

TEST_F(OutboxTest, ReportsAreNumberedAndAFewAreUnderWay) {
  Add(10);
  EXPECT_TRUE(outbox_.spilled());
  const Numbers first = Send();
  ASSERT_GE(first.size(), 2u);
  ASSERT_LT(first.size(), 10u);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i], i + 1);
  EXPECT_EQ(Send(), Numbers());
  ASSERT_TRUE(outbox_.OnAck(2).ok());
  EXPECT_EQ(Send().front(), first.size() + 1);
}

TEST_F(OutboxTest, EverythingIsSentOnceAsAcksCome) {
  Add(100);
  uint64_t last = 0;
  while (!outbox_.empty()) {
    for (uint64_t number : Send()) EXPECT_EQ(number, ++last);
    ASSERT_TRUE(outbox_.OnAck(last).ok());
  }
  EXPECT_EQ(last, 100u);
}

TEST_F(OutboxTest, OnANewStreamWhatWasNotMergedIsSentAgain) {
  Add(3);
  EXPECT_EQ(Send(), Numbers({1, 2, 3}));
  ASSERT_TRUE(outbox_.OnAck(1).ok());
  Add(1);
  ASSERT_TRUE(outbox_.OnResume(2).ok());  // its Ack was lost
  EXPECT_EQ(Send(), Numbers({3, 4}));
  ASSERT_TRUE(outbox_.OnResume(2).ok());
  EXPECT_EQ(Send(), Numbers({3, 4}));
  ASSERT_TRUE(outbox_.OnAck(4).ok());
  EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, AnAckOfWhatWasNotSentIsRefused) {
  Add(3);
  EXPECT_FALSE(outbox_.OnAck(1).ok());
  Send();
  ASSERT_TRUE(outbox_.OnAck(2).ok());
  EXPECT_FALSE(outbox_.OnAck(1).ok());
  EXPECT_FALSE(outbox_.OnAck(4).ok());
  EXPECT_FALSE(outbox_.OnResume(4).ok());
  EXPECT_TRUE(outbox_.OnAck(3).ok());
}

}  // namespace
}  // namespace invocator
