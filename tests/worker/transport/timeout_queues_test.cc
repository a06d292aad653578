#include "worker/transport/timeout_queues.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace invocator {
namespace {

TEST(TimeoutQueuesTest, ExpireInOrderOfDeadlinesWhateverTheTimeout) {
  TimeoutQueues queues;
  const size_t slow = queues.QueueFor(100);
  const size_t fast = queues.QueueFor(10);
  EXPECT_EQ(queues.QueueFor(100), slow);
  TimeoutQueues::Item a, b, c;
  queues.Add(slow, 0, a);   // due at 100
  queues.Add(fast, 50, b);  // at 60
  queues.Add(fast, 55, c);  // at 65
  EXPECT_EQ(queues.NotBeforeNs(), 60);
  EXPECT_EQ(queues.Expired(59), nullptr);
  EXPECT_EQ(queues.Expired(60), &b);
  queues.Remove(b);
  EXPECT_EQ(queues.Expired(60), nullptr);
  queues.Remove(c);
  EXPECT_EQ(queues.Expired(99), nullptr);
  EXPECT_EQ(queues.Expired(100), &a);
  queues.Remove(a);
  EXPECT_EQ(queues.Expired(1'000), nullptr);
  EXPECT_EQ(queues.NotBeforeNs(), TimeoutQueues::kNever);
}

TEST(TimeoutQueuesTest, ATimeoutBeyondTimeNeverExpires) {
  TimeoutQueues queues;
  TimeoutQueues::Item item;
  queues.Add(queues.QueueFor(TimeoutQueues::kNever), 5, item);
  EXPECT_EQ(item.deadline_ns, TimeoutQueues::kNever);
  EXPECT_EQ(queues.Expired(TimeoutQueues::kNever - 1), nullptr);
}

TEST(TimeoutQueuesTest, AnyOfAQueueMayBeRemoved) {
  for (const size_t removed : {0U, 1U, 2U}) {
    TimeoutQueues queues;
    const size_t queue = queues.QueueFor(10);
    TimeoutQueues::Item items[4];
    for (int64_t i = 0; i < 3; ++i) queues.Add(queue, i, items[i]);
    queues.Remove(items[removed]);
    queues.Add(queue, 3, items[3]);
    for (size_t i = 0; i < 4; ++i) {
      if (i == removed) continue;
      ASSERT_EQ(queues.Expired(100), &items[i]) << "without " << removed;
      queues.Remove(items[i]);
    }
    EXPECT_EQ(queues.Expired(100), nullptr);
  }
}

TEST(TimeoutQueuesTest, TheLongestTimeoutThatEndsAtAllEndsOnTime) {
  TimeoutQueues queues;
  TimeoutQueues::Item last, never;
  queues.Add(queues.QueueFor(TimeoutQueues::kNever - 5), 4, last);
  EXPECT_EQ(last.deadline_ns, TimeoutQueues::kNever - 1);
  queues.Add(queues.QueueFor(TimeoutQueues::kNever - 5), 6, never);
  EXPECT_EQ(never.deadline_ns, TimeoutQueues::kNever);
}

TEST(TimeoutQueuesTest, ItMayBeginBeforeTheStart) {
  TimeoutQueues queues;
  TimeoutQueues::Item item;
  queues.Add(queues.QueueFor(10), -30, item);
  EXPECT_EQ(item.deadline_ns, -20);
  EXPECT_EQ(queues.Expired(-20), &item);
}

TEST(TimeoutQueuesTest, AgreesWithASortedListOfDeadlines) {
  std::mt19937 random(1);
  TimeoutQueues queues;
  std::vector<size_t> ids;
  for (int64_t timeout : {7, 31, 100}) ids.push_back(queues.QueueFor(timeout));
  std::vector<TimeoutQueues::Item> items(64);
  std::vector<bool> in(items.size(), false);
  for (int64_t now = 0; now < 5'000; ++now) {
    const size_t i = random() % items.size();
    if (in[i]) {
      queues.Remove(items[i]);
    } else {
      queues.Add(ids[random() % ids.size()], now, items[i]);
    }
    in[i] = !in[i];
    while (TimeoutQueues::Item* item = queues.Expired(now)) {
      const auto index = static_cast<size_t>(item - items.data());
      ASSERT_TRUE(in[index]);
      ASSERT_LE(item->deadline_ns, now);
      queues.Remove(*item);
      in[index] = false;
    }
    for (size_t k = 0; k < items.size(); ++k) {
      if (!in[k]) continue;
      ASSERT_GT(items[k].deadline_ns, now);
      ASSERT_LE(queues.NotBeforeNs(), items[k].deadline_ns);
    }
  }
}

}  // namespace
}  // namespace invocator
