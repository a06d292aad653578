#include "common/channel/write_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace invocator {
namespace {

// Stands for a stream that ends a write when told to, or at once.
class WriteQueueTest : public testing::Test {
 protected:
  void StartWrite(const std::string* message) {
    ++under_way_;
    most_under_way_ = std::max(most_under_way_, under_way_);
    written_.push_back(*message);
    if (!inline_) return;
    --under_way_;
    queue_.OnWriteDone(true);
  }
  void EndWrite(bool ok = true) {
    --under_way_;
    queue_.OnWriteDone(ok);
  }
  void Close() {
    queue_.CloseAfterWrites([this] { ++closed_; });
  }

  bool inline_ = false;
  int under_way_ = 0;
  int most_under_way_ = 0;
  int closed_ = 0;
  std::vector<std::string> written_;
  WriteQueue<std::string> queue_{
      [this](const std::string* message) { StartWrite(message); }};
};

using Written = std::vector<std::string>;

TEST_F(WriteQueueTest, WritesOneAtATimeAndInOrder) {
  for (const char* message : {"a", "b", "c"}) queue_.Push(message);
  EXPECT_EQ(written_, Written({"a"}));
  EXPECT_EQ(queue_.size(), 3u);
  EndWrite();
  EndWrite();
  EndWrite();
  EXPECT_EQ(written_, Written({"a", "b", "c"}));
  EXPECT_EQ(most_under_way_, 1);
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(WriteQueueTest, WritesThatEndWithinTheirStartKeepTheOrder) {
  inline_ = true;
  for (const char* message : {"a", "b", "c"}) queue_.Push(message);
  EXPECT_EQ(written_, Written({"a", "b", "c"}));
  Close();
  EXPECT_EQ(closed_, 1);
}

TEST_F(WriteQueueTest, ABacklogMayEndInline) {
  for (const char* message : {"a", "b", "c", "d"}) queue_.Push(message);
  Close();
  inline_ = true;
  EndWrite();
  EXPECT_EQ(written_, Written({"a", "b", "c", "d"}));
  EXPECT_EQ(closed_, 1);
}

TEST_F(WriteQueueTest, ClosesAfterWhatWasPushedBefore) {
  queue_.Push("a");
  queue_.Push("b");
  Close();
  EXPECT_EQ(closed_, 0);
  EndWrite();
  EXPECT_EQ(closed_, 0);
  EndWrite();
  EXPECT_EQ(closed_, 1);
}

TEST_F(WriteQueueTest, AnIdleQueueClosesAtOnce) {
  Close();
  EXPECT_EQ(closed_, 1);
}

TEST_F(WriteQueueTest, OnlyTheFirstCloseCounts) {
  queue_.Push("a");
  Close();
  Close();
  EndWrite();
  Close();
  EXPECT_EQ(closed_, 1);
}

TEST_F(WriteQueueTest, WhatIsPushedAfterTheCloseIsDropped) {
  queue_.Push("a");
  Close();
  queue_.Push("late");
  EndWrite();
  queue_.Push("later");
  EXPECT_EQ(written_, Written({"a"}));
}

TEST_F(WriteQueueTest, AfterAFailureNothingIsWritten) {
  queue_.Push("a");
  queue_.Push("b");
  EndWrite(/*ok=*/false);
  queue_.Push("c");
  EXPECT_EQ(written_, Written({"a"}));
  EXPECT_EQ(queue_.size(), 0u);
  Close();
  EXPECT_EQ(closed_, 1);
}

TEST_F(WriteQueueTest, AFailureLetsAWaitingCloseThrough) {
  queue_.Push("a");
  queue_.Push("b");
  Close();
  EndWrite(/*ok=*/false);
  EXPECT_EQ(closed_, 1);
  EXPECT_EQ(written_, Written({"a"}));
}

TEST_F(WriteQueueTest, ManyThreadsMayPush) {
  constexpr int kThreads = 4;
  constexpr int kMessages = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kMessages; ++i) {
        queue_.Push(std::string(1, static_cast<char>('a' + t)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  while (under_way_ > 0) EndWrite();
  EXPECT_EQ(written_.size(), size_t{kThreads} * kMessages);
  EXPECT_EQ(most_under_way_, 1);
}

}  // namespace
}  // namespace invocator
