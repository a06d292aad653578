#include "worker/recording/outbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "proto/fleet.pb.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"
#include "worker/recording/spill_queue.h"

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

TEST_F(SpillQueueTest, WhatFitsIntoMemoryToTheByteIsNotSpilled) {
  ASSERT_TRUE(queue_.Push(std::string(100, 'a')).ok());
  ASSERT_TRUE(queue_.Push(std::string(60, 'b')).ok());
  EXPECT_FALSE(queue_.spilled());
  ASSERT_TRUE(queue_.Push("c").ok());
  EXPECT_TRUE(queue_.spilled());
  EXPECT_EQ(queue_.size(), 3u);
  EXPECT_EQ(queue_.Pop()->size(), 100u);
  // There is room in memory again, but it would overtake what is in the file.
  ASSERT_TRUE(queue_.Push("d").ok());
  EXPECT_EQ(queue_.Pop()->size(), 60u);
  EXPECT_EQ(*queue_.Pop(), "c");
  EXPECT_EQ(*queue_.Pop(), "d");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(SpillQueueTest, TheFileHasNoName) {
  ASSERT_TRUE(queue_.Push(std::string(1'000, 'a')).ok());
  ASSERT_TRUE(queue_.spilled());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

// The size of the process's file that was made in `folder`; -1: none is open.
// `then`: what becomes of it, called with its path.
template <typename Then>
int64_t SizeOfFileIn(const std::string& folder, Then then) {
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (gone || target.string().rfind(folder, 0) != 0) continue;
    struct stat status = {};
    stat(entry.path().c_str(), &status);
    then(entry.path().string());
    return status.st_size;
  }
  return -1;
}
int64_t SizeOfFileIn(const std::string& folder) {
  return SizeOfFileIn(folder, [](const std::string&) {});
}

TEST_F(SpillQueueTest, TheDiskGetsItsRoomBackOnceAllWasRead) {
  ASSERT_TRUE(queue_.Push(std::string(1'000, 'a')).ok());
  ASSERT_TRUE(queue_.Push(std::string(1'000, 'b')).ok());
  EXPECT_GT(SizeOfFileIn(folder_.path()), 2'000);
  ASSERT_TRUE(queue_.Pop().ok());
  EXPECT_GT(SizeOfFileIn(folder_.path()), 2'000);
  ASSERT_TRUE(queue_.Pop().ok());
  EXPECT_EQ(SizeOfFileIn(folder_.path()), 0);
}

TEST_F(SpillQueueTest, WhatTheDiskHasNoRoomForLeavesTheOthersAsTheyAre) {
  SpillQueue queue(0, folder_.path());
  const std::string first(1'000, 'a'), second(1'000, 'b');
  ASSERT_TRUE(queue.Push(first).ok());
  absl::Status status;
  {
    const FileSizeLimit limit(1'500);
    status = queue.Push(second);
  }
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(queue.size(), 1u);
  ASSERT_TRUE(queue.Push(second).ok());
  EXPECT_EQ(*queue.Pop(), first);
  EXPECT_EQ(*queue.Pop(), second);
  EXPECT_TRUE(queue.empty());
}

TEST_F(SpillQueueTest, TheFileIsClosedWithTheQueue) {
  {
    SpillQueue queue(0, folder_.path());
    ASSERT_TRUE(queue.Push("a").ok());
    EXPECT_GE(SizeOfFileIn(folder_.path()), 0);
  }
  EXPECT_EQ(SizeOfFileIn(folder_.path()), -1);
}

TEST_F(SpillQueueTest, AFileThatLostItsEndIsAnErrorAndTheQueueEmpty) {
  for (const int64_t left : {0, 4, 8, 500}) {
    SpillQueue queue(0, folder_.path());
    ASSERT_TRUE(queue.Push(std::string(1'000, 'a')).ok());
    ASSERT_TRUE(queue.Push("b").ok());
    SizeOfFileIn(folder_.path(), [&](const std::string& path) {
      ASSERT_EQ(truncate(path.c_str(), left), 0);
    });
    const auto item = queue.Pop();
    EXPECT_EQ(item.status().code(), absl::StatusCode::kDataLoss) << left;
    EXPECT_NE(item.status().message().find(folder_.path()), std::string::npos);
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.spilled());
    // What comes after it is kept as before.
    ASSERT_TRUE(queue.Push("c").ok());
    ASSERT_TRUE(queue.Push("d").ok());
    EXPECT_EQ(*queue.Pop(), "c");
    EXPECT_EQ(*queue.Pop(), "d");
  }
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

TEST_F(OutboxTest, HoweverOftenAStreamBreaksAllIsSentAgainWithinTheLimit) {
  Add(10);
  const Numbers first = Send();
  ASSERT_LT(first.size(), 10u);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(outbox_.OnResume(0).ok());
    EXPECT_EQ(Send(), first) << "resume " << i + 1;
  }
  uint64_t last = first.size();
  ASSERT_TRUE(outbox_.OnAck(last).ok());
  while (!outbox_.empty()) {
    for (uint64_t number : Send()) EXPECT_EQ(number, ++last);
    ASSERT_TRUE(outbox_.OnAck(last).ok());
  }
  EXPECT_EQ(last, 10u);
}

TEST_F(OutboxTest, AResumeAmidWhatIsUnderWaySendsTheRestAgain) {
  Add(10);
  const Numbers first = Send();
  ASSERT_TRUE(outbox_.OnResume(1).ok());
  EXPECT_EQ(Send(), Numbers(first.begin() + 1, first.end()));
  EXPECT_EQ(outbox_.size(), 9u);
}

TEST_F(OutboxTest, AnAckAfterAResumeOfWhatWasNotSentAgainIsRefused) {
  Add(3);
  Send();
  ASSERT_TRUE(outbox_.OnResume(1).ok());
  EXPECT_FALSE(outbox_.OnAck(2).ok());  // on this stream nothing was sent
  Send();
  EXPECT_TRUE(outbox_.OnAck(3).ok());
}

TEST_F(OutboxTest, NoMoreIsUnderWayThanTheLimitAndTheReportThatReachesIt) {
  const size_t bytes = [] {
    wire::Report report = ReportOf(1);
    report.set_number(1);
    return report.ByteSizeLong();
  }();
  for (const size_t limit : {2 * bytes, 2 * bytes + 1, 3 * bytes}) {
    Outbox outbox({limit, /*memory_bytes=*/1'000, folder_.path()});
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(outbox.Add(ReportOf(1)).ok());
    size_t sent = 0;
    while (*outbox.Next()) ++sent;
    EXPECT_EQ(sent, limit == 2 * bytes ? 2u : 3u) << limit;
  }
}

TEST_F(OutboxTest, AReportThatFoundNoRoomTakesNoNumber) {
  Outbox outbox(
      {/*under_way_bytes=*/1'000, /*memory_bytes=*/20, "/nonexistent"});
  uint64_t held = 0;
  while (outbox.Add(ReportOf(1)).ok()) ++held;
  ASSERT_GE(held, 2u);
  EXPECT_EQ(outbox.size(), held);
  for (uint64_t i = 1; i <= held; ++i) {
    EXPECT_EQ((*outbox.Next())->report().number(), i);
  }
  ASSERT_TRUE(outbox.OnAck(held).ok());
  EXPECT_TRUE(outbox.empty());
  ASSERT_TRUE(outbox.Add(ReportOf(1)).ok());
  EXPECT_EQ((*outbox.Next())->report().number(), held + 1);
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
