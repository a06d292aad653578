#include "coordinator/web/live_feed.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// What a watcher takes now: "snapshot 1", "bins 2" ... by the data.
std::vector<std::string> TakeAll(LiveFeed& feed, uint64_t watcher) {
  std::vector<std::string> events;
  while (FeedEvent event = feed.Next(watcher)) {
    const std::string& text = *event;
    const size_t kind = text.find(": ") + 2;
    const size_t data = text.find("data: ") + 6;
    events.push_back(
        absl::StrCat(text.substr(kind, text.find('\n') - kind), " ",
                     text.substr(data, text.find('\n', data) - data)));
  }
  return events;
}

using Events = std::vector<std::string>;

TEST(LiveFeedTest, NothingIsWantedWithoutWatchers) {
  LiveFeed feed;
  EXPECT_FALSE(feed.HasWatchers());
  EXPECT_FALSE(feed.WantsSnapshot());
  const uint64_t watcher = *feed.Join();
  EXPECT_TRUE(feed.HasWatchers());
  EXPECT_TRUE(feed.WantsSnapshot());
  feed.Leave(watcher);
  EXPECT_FALSE(feed.HasWatchers());
  EXPECT_FALSE(feed.WantsSnapshot());
}

TEST(LiveFeedTest, AWatcherGetsASnapshotThenTheBins) {
  LiveFeed feed;
  const uint64_t watcher = *feed.Join();
  EXPECT_EQ(feed.Next(watcher), nullptr);
  feed.PublishSnapshot("s");
  EXPECT_FALSE(feed.WantsSnapshot());
  feed.PublishBins("1");
  EXPECT_EQ(TakeAll(feed, watcher), (Events{"snapshot s", "bins 1"}));
  feed.PublishBins("2");
  EXPECT_EQ(TakeAll(feed, watcher), Events{"bins 2"});
}

TEST(LiveFeedTest, AnEventIsOneLineWithAnId) {
  LiveFeed feed;
  const uint64_t watcher = *feed.Join();
  feed.PublishSnapshot("{}");
  feed.PublishBins("[]");
  feed.Next(watcher);
  EXPECT_EQ(*feed.Next(watcher), "event: bins\nid: 1\ndata: []\n\n");
}

TEST(LiveFeedTest, ASecondWatcherTakesTheSameSnapshotAndAllBinsSince) {
  LiveFeed feed;
  const uint64_t first = *feed.Join();
  feed.PublishBins("0");
  feed.PublishSnapshot("s");
  feed.PublishBins("1");
  const uint64_t second = *feed.Join();
  EXPECT_FALSE(feed.WantsSnapshot());
  EXPECT_EQ(TakeAll(feed, second), (Events{"snapshot s", "bins 1"}));
  EXPECT_EQ(TakeAll(feed, first), (Events{"snapshot s", "bins 1"}));
}

TEST(LiveFeedTest, ALaterSnapshotIsNotForThoseThatKeepUp) {
  LiveFeed feed;
  const uint64_t watcher = *feed.Join();
  feed.PublishSnapshot("s");
  EXPECT_EQ(TakeAll(feed, watcher), Events{"snapshot s"});
  feed.PublishBins("1");
  feed.PublishSnapshot("t");
  feed.PublishBins("2");
  EXPECT_EQ(TakeAll(feed, watcher), (Events{"bins 1", "bins 2"}));
}

TEST(LiveFeedTest, AWatcherThatReturnsGoesOnAfterItsLastEvent) {
  LiveFeed feed;
  const uint64_t other = *feed.Join();
  feed.PublishSnapshot("s");
  for (const char* bin : {"1", "2", "3"}) feed.PublishBins(bin);
  EXPECT_EQ(TakeAll(feed, *feed.Join(/*last_seen=*/2)), Events{"bins 3"});
  EXPECT_EQ(TakeAll(feed, *feed.Join(/*last_seen=*/3)), Events{});
  EXPECT_EQ(TakeAll(feed, other).size(), 4u);
}

TEST(LiveFeedTest, AnIdThatNeverWasGetsASnapshot) {
  LiveFeed feed;
  const uint64_t other = *feed.Join();
  feed.PublishSnapshot("s");
  feed.PublishBins("1");
  for (const uint64_t id :
       {uint64_t{0}, uint64_t{2}, uint64_t{99}, ~uint64_t{0}}) {
    const uint64_t watcher = *feed.Join(id);
    EXPECT_EQ(TakeAll(feed, watcher), (Events{"snapshot s", "bins 1"})) << id;
    feed.Leave(watcher);
  }
  feed.Leave(other);
}

TEST(LiveFeedTest, AnIdOfAnotherProcessGetsASnapshot) {
  LiveFeed feed(LiveFeed::kMostHeldBytes, /*first_id=*/1'000'000);
  const uint64_t other = *feed.Join();
  feed.PublishSnapshot("s");
  for (int i = 0; i < 50; ++i) feed.PublishBins("1");
  EXPECT_EQ(TakeAll(feed, *feed.Join(/*last_seen=*/37)).size(), 51u);
  EXPECT_EQ(TakeAll(feed, *feed.Join(/*last_seen=*/1'000'048)),
            Events{"bins 1"});
  EXPECT_EQ(TakeAll(feed, other).size(), 51u);
}

TEST(LiveFeedTest, WhoReturnsToNobodyHasMissedSomething) {
  LiveFeed feed;
  const uint64_t watcher = *feed.Join();
  feed.PublishSnapshot("s");
  feed.PublishBins("1");
  TakeAll(feed, watcher);
  feed.Leave(watcher);
  const uint64_t again = *feed.Join(/*last_seen=*/1);
  EXPECT_TRUE(feed.WantsSnapshot());
  EXPECT_EQ(TakeAll(feed, again), Events{});
  feed.PublishSnapshot("t");
  EXPECT_EQ(TakeAll(feed, again), Events{"snapshot t"});
}

TEST(LiveFeedTest, ASlowWatcherGetsANewSnapshotAndMemoryIsBounded) {
  LiveFeed feed(/*most_held_bytes=*/1000);
  const uint64_t slow = *feed.Join();
  const uint64_t quick = *feed.Join();
  feed.PublishSnapshot("s");
  TakeAll(feed, slow);
  TakeAll(feed, quick);
  const std::string bin(100, '1');
  size_t taken = 0;
  for (int i = 0; i < 100; ++i) {
    feed.PublishBins(bin);
    taken += TakeAll(feed, quick).size();
  }
  EXPECT_EQ(taken, 100u);
  EXPECT_TRUE(feed.WantsSnapshot());
  EXPECT_EQ(TakeAll(feed, slow), Events{});
  feed.PublishSnapshot("t");
  feed.PublishBins("2");
  EXPECT_EQ(TakeAll(feed, slow), (Events{"snapshot t", "bins 2"}));
  EXPECT_EQ(TakeAll(feed, quick), Events{"bins 2"});
}

TEST(LiveFeedTest, AnEventLargerThanTheLimitIsReplacedByASnapshot) {
  LiveFeed feed(/*most_held_bytes=*/100);
  const uint64_t watcher = *feed.Join();
  feed.PublishSnapshot("s");
  TakeAll(feed, watcher);
  feed.PublishBins(std::string(1000, '1'));
  EXPECT_EQ(TakeAll(feed, watcher), Events{});
  EXPECT_TRUE(feed.WantsSnapshot());
  feed.PublishSnapshot(std::string(1000, 't'));
  EXPECT_EQ(TakeAll(feed, watcher).size(), 1u);
}

TEST(LiveFeedTest, TheEndReachesAllAtOnceAndLateOnesToo) {
  LiveFeed feed;
  const uint64_t slow = *feed.Join();
  feed.PublishSnapshot("s");
  feed.PublishBins("1");
  EXPECT_FALSE(feed.IsDone(slow));
  feed.PublishDone("d");
  feed.PublishBins("2");
  feed.PublishSnapshot("t");
  EXPECT_FALSE(feed.IsDone(slow));
  EXPECT_EQ(TakeAll(feed, slow), Events{"done d"});
  EXPECT_TRUE(feed.IsDone(slow));
  const uint64_t late = *feed.Join(/*last_seen=*/1);
  EXPECT_FALSE(feed.WantsSnapshot());
  EXPECT_EQ(TakeAll(feed, late), Events{"done d"});
}

TEST(LiveFeedTest, AnotherRunBeginsWithASnapshotForAll) {
  LiveFeed feed;
  const uint64_t watcher = *feed.Join();
  feed.PublishSnapshot("s");
  TakeAll(feed, watcher);
  feed.Restart();
  EXPECT_TRUE(feed.WantsSnapshot());
  feed.PublishSnapshot("t");
  EXPECT_EQ(TakeAll(feed, watcher), Events{"snapshot t"});
}

TEST(LiveFeedTest, TheSeventeenthIsRefusedUntilOneLeaves) {
  LiveFeed feed;
  std::vector<uint64_t> watchers;
  for (size_t i = 0; i < LiveFeed::kMostWatchers; ++i) {
    watchers.push_back(*feed.Join());
  }
  EXPECT_EQ(feed.Join(), std::nullopt);
  feed.Leave(watchers[3]);
  EXPECT_NE(feed.Join(), std::nullopt);
}

TEST(LiveFeedTest, EveryEventWakesTheServer) {
  LiveFeed feed;
  int woken = 0;
  feed.SetWake([&] { ++woken; });
  feed.PublishSnapshot("s");
  feed.PublishBins("1");
  feed.PublishDone("d");
  EXPECT_EQ(woken, 3);
}

}  // namespace
}  // namespace invocator
