#include "worker/io/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/loop_fixture.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

class EventLoopTest : public LoopFixture {
 protected:
  void SetUp() override {
    LoopFixture::SetUp();
    if (loop_ == nullptr) return;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair_.data()),
              0);
  }
  void TearDown() override {
    for (int fd : pair_) {
      if (fd >= 0) close(fd);
    }
  }

  struct Ready {
    int fd;
    uint32_t events;
  };
  // What one Wait reports, and how long it took.
  std::vector<Ready> Wait(int64_t timeout_ns) {
    std::vector<Ready> ready;
    const int64_t start_ns = clock_.NowNs();
    loop_->Wait(timeout_ns, [&](int fd, uint32_t events) {
      ready.push_back({fd, events});
    });
    waited_ns_ = clock_.NowNs() - start_ns;
    return ready;
  }

  // A wait in which nothing happens takes its whole time. The end of another
  // test's ring interrupts some.
  void ExpectFullWait() {
    const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
    while (clock_.NowNs() < end_ns) {
      EXPECT_TRUE(Wait(3 * kMs).empty());
      if (waited_ns_ >= 3 * kMs) return;
    }
    ADD_FAILURE() << "the last wait took " << waited_ns_ << " ns";
  }

  std::array<int, 2> pair_ = {-1, -1};
  int64_t waited_ns_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Loops, EventLoopTest, BothLoops(), NameOfLoop);

TEST_P(EventLoopTest, ReportsWhatIsReady) {
  ASSERT_TRUE(loop_->Watch(pair_[0], EPOLLIN).ok());
  EXPECT_TRUE(Wait(0).empty());
  ASSERT_EQ(write(pair_[1], "x", 1), 1);
  const std::vector<Ready> ready = Wait(kDeadlineNs);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0].fd, pair_[0]);
  EXPECT_EQ(ready[0].events, static_cast<uint32_t>(EPOLLIN));
  EXPECT_LT(waited_ns_, kDeadlineNs);
}

TEST_P(EventLoopTest, WatchingAgainChangesWhatIsWatchedFor) {
  ASSERT_TRUE(loop_->Watch(pair_[0], EPOLLIN).ok());
  ASSERT_TRUE(loop_->Watch(pair_[0], EPOLLOUT).ok());
  const std::vector<Ready> ready = Wait(kDeadlineNs);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0].events, static_cast<uint32_t>(EPOLLOUT));
}

TEST_P(EventLoopTest, WhatIsNoLongerWatchedIsNotReported) {
  ASSERT_TRUE(loop_->Watch(pair_[0], EPOLLIN).ok());
  ASSERT_EQ(write(pair_[1], "x", 1), 1);
  loop_->Unwatch(pair_[0]);
  EXPECT_TRUE(Wait(kMs).empty());
  loop_->Unwatch(pair_[0]);  // let pass
  ASSERT_TRUE(loop_->Watch(pair_[0], EPOLLIN).ok());
  EXPECT_EQ(Wait(kDeadlineNs).size(), 1u);
}

TEST_P(EventLoopTest, AClosedPeerIsReported) {
  ASSERT_TRUE(loop_->Watch(pair_[0], EPOLLIN).ok());
  close(pair_[1]);
  pair_[1] = -1;
  const std::vector<Ready> ready = Wait(kDeadlineNs);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_TRUE(ready[0].events & EPOLLHUP);
}

TEST_P(EventLoopTest, ADescriptorThatIsNotOpenCannotBeWatched) {
  const int fd = pair_[1];
  close(fd);
  pair_[1] = -1;
  EXPECT_FALSE(loop_->Watch(fd, EPOLLIN).ok());
}

TEST_P(EventLoopTest, AWaitEndsAtItsTimeNotBefore) {
  ExpectFullWait();
  EXPECT_LT(waited_ns_, kDeadlineNs);
}

TEST_P(EventLoopTest, AWakeBeforeTheWaitEndsIt) {
  loop_->Wake();
  loop_->Wake();
  EXPECT_TRUE(Wait(kDeadlineNs).empty());
  EXPECT_LT(waited_ns_, kDeadlineNs);
  // Both were taken by the one Wait.
  ExpectFullWait();
}

TEST_P(EventLoopTest, AWakeOfAnotherThreadEndsAWaitForEver) {
  std::thread waker([this] { loop_->Wake(); });
  EXPECT_TRUE(Wait(-1).empty());
  waker.join();
}

TEST_P(EventLoopTest, AWakeDoesNotHideWhatIsReady) {
  ASSERT_TRUE(loop_->Watch(pair_[0], EPOLLOUT).ok());
  loop_->Wake();
  EXPECT_EQ(Wait(kDeadlineNs).size(), 1u);
}

}  // namespace
}  // namespace invocator
