#include "worker/recording/recorder.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace invocator {
namespace {

Record Numbered(uint64_t sequence) {
  Record record;
  record.sequence = sequence;
  return record;
}

class RecorderTest : public testing::Test {
 protected:
  std::vector<std::unique_ptr<Chunk>> Take() { return queue_.TakeFull(); }

  int pushes_ = 0;
  ChunkQueue queue_{[this] { ++pushes_; }};
};

TEST_F(RecorderTest, AFullChunkIsHandedOverByItself) {
  Recorder recorder(queue_);
  for (uint64_t i = 0; i < Chunk::kRecords - 1; ++i) recorder.Add(Numbered(i));
  EXPECT_EQ(pushes_, 0);
  recorder.Add(Numbered(Chunk::kRecords - 1));
  EXPECT_EQ(pushes_, 1);
  recorder.Add(Numbered(Chunk::kRecords));
  recorder.Flush();
  const auto chunks = Take();
  ASSERT_EQ(chunks.size(), 2u);
  uint64_t expected = 0;
  for (const auto& chunk : chunks) {
    for (const Record& record : chunk->records) {
      EXPECT_EQ(record.sequence, expected++);
    }
  }
  EXPECT_EQ(expected, Chunk::kRecords + 1);
}

TEST_F(RecorderTest, NothingIsHandedOverWhenNothingWasAdded) {
  Recorder recorder(queue_);
  recorder.Flush();
  recorder.Add(Numbered(1));
  recorder.Flush();
  recorder.Flush();
  EXPECT_EQ(pushes_, 1);
}

TEST_F(RecorderTest, FailuresAreHandedOverWithoutRecordsAndOnce) {
  Recorder recorder(queue_);
  FailureSample failure;
  failure.reason = Reason::kWrongScope;
  recorder.AddFailures({failure});
  failure.reason = Reason::kMissingToken;
  recorder.AddFailures({failure});
  recorder.Flush();
  recorder.AddFailures({});
  recorder.Flush();
  const auto chunks = Take();
  ASSERT_EQ(chunks.size(), 1u);
  ASSERT_EQ(chunks[0]->failures.size(), 2u);
  EXPECT_EQ(chunks[0]->failures[0].reason, Reason::kWrongScope);
  EXPECT_EQ(chunks[0]->failures[1].reason, Reason::kMissingToken);
}

TEST_F(RecorderTest, WhatIsFullIsTakenOldestFirstAndOnce) {
  for (uint64_t i = 0; i < 3; ++i) {
    auto chunk = queue_.TakeEmpty();
    chunk->records.push_back(Numbered(i));
    queue_.Push(std::move(chunk));
  }
  const auto chunks = Take();
  ASSERT_EQ(chunks.size(), 3u);
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(chunks[i]->records[0].sequence, i);
  }
  EXPECT_TRUE(Take().empty());
}

TEST_F(RecorderTest, SixteenEmptyChunksAreKeptAndNoMore) {
  std::vector<std::unique_ptr<Chunk>> chunks;
  for (int i = 0; i < 17; ++i) chunks.push_back(queue_.TakeEmpty());
  for (auto& chunk : chunks) {
    // By that they are known again.
    chunk->records.reserve(Chunk::kRecords + 1);
    queue_.Recycle(std::move(chunk));
  }
  int kept = 0;
  for (int i = 0; i < 20; ++i) {
    chunks.push_back(queue_.TakeEmpty());
    kept += chunks.back()->records.capacity() > Chunk::kRecords;
  }
  EXPECT_EQ(kept, 16);
}

TEST_F(RecorderTest, DroppedCallsAreHandedOverWithoutRecords) {
  Recorder recorder(queue_);
  recorder.AddDropped({.instance = 3, .scheduled_ns = 17});
  recorder.Flush();
  const auto chunks = Take();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_TRUE(chunks[0]->records.empty());
  ASSERT_EQ(chunks[0]->dropped.size(), 1u);
  EXPECT_EQ(chunks[0]->dropped[0].instance, 3u);
  EXPECT_EQ(chunks[0]->dropped[0].scheduled_ns, 17);
}

TEST_F(RecorderTest, RecycledChunksComeBackEmptyWithTheirMemory) {
  Recorder recorder(queue_);
  recorder.Add(Numbered(1));
  recorder.AddDropped({});
  recorder.Flush();
  std::unique_ptr<Chunk> used = std::move(Take()[0]);
  const Chunk* const address = used.get();
  queue_.Recycle(std::move(used));
  const std::unique_ptr<Chunk> again = queue_.TakeEmpty();
  EXPECT_EQ(again.get(), address);
  EXPECT_TRUE(again->records.empty());
  EXPECT_TRUE(again->dropped.empty());
  EXPECT_GE(again->records.capacity(), Chunk::kRecords);
}

TEST(ChunkQueueTest, EveryRecordOfEveryThreadArrivesOnce) {
  constexpr uint64_t kThreads = 3;
  constexpr uint64_t kRecords = 30'000;
  ChunkQueue queue([] {});
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&queue, t] {
      Recorder recorder(queue);
      for (uint64_t i = 0; i < kRecords; ++i) {
        recorder.Add(Numbered(t * kRecords + i));
      }
      recorder.Flush();
    });
  }
  std::set<uint64_t> seen;
  uint64_t count = 0;
  auto drain = [&] {
    for (auto& chunk : queue.TakeFull()) {
      for (const Record& record : chunk->records) {
        ++count;
        seen.insert(record.sequence);
      }
      queue.Recycle(std::move(chunk));
    }
  };
  while (count < kThreads * kRecords / 2) drain();
  for (std::thread& thread : threads) thread.join();
  drain();
  EXPECT_EQ(count, kThreads * kRecords);
  EXPECT_EQ(seen.size(), kThreads * kRecords);
}

}  // namespace
}  // namespace invocator
