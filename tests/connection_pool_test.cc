#include "worker/connection_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <vector>

namespace invocator {
namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

class ConnectionPoolTest : public testing::Test {
 protected:
  ~ConnectionPoolTest() override {
    for (const int fd : peers_) close(fd);
  }

  // A connection of that origin which carries a call.
  Link& Open(OriginPool& origin) {
    std::array<int, 2> ends = {};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    peers_.push_back(ends[1]);
    Call& call = calls_.emplace_back();
    call.pool = &origin;
    pool_.TakePlace();
    return pool_.Add(ends[0], call);
  }
  static int FdOf(Link& link) { return link.connection.stream().fd(); }

  OriginPool one_, other_;
  std::deque<Call> calls_;
  std::vector<int> peers_;
  ConnectionPool pool_{2};
};

TEST_F(ConnectionPoolTest, TheIdleOneUsedLastIsTakenFirst) {
  Link& first = Open(one_);
  Link& second = Open(one_);
  pool_.SetIdle(second);
  pool_.SetIdle(first);
  EXPECT_EQ(pool_.TakeIdle(one_), &first);
  EXPECT_EQ(pool_.TakeIdle(other_), nullptr);
  EXPECT_EQ(pool_.TakeIdle(one_), &second);
  EXPECT_EQ(pool_.TakeIdle(one_), nullptr);
}

TEST_F(ConnectionPoolTest, WithoutRoomTheOneIdleTheLongestIsClosed) {
  Link& longest = Open(other_);
  Link& latest = Open(one_);
  const int longest_fd = FdOf(longest);
  pool_.SetIdle(longest);
  pool_.SetIdle(latest);
  pool_.TakePlace();
  EXPECT_FALSE(IsOpen(longest_fd));
  EXPECT_EQ(pool_.Find(longest_fd), nullptr);
  EXPECT_EQ(pool_.TakeIdle(other_), nullptr);
  EXPECT_EQ(pool_.TakeIdle(one_), &latest);
}

TEST_F(ConnectionPoolTest, BusyOnesAreNotClosedToMakeRoom) {
  const int first = FdOf(Open(one_));
  const int second = FdOf(Open(one_));
  pool_.TakePlace();
  EXPECT_TRUE(IsOpen(first));
  EXPECT_TRUE(IsOpen(second));
}

TEST_F(ConnectionPoolTest, APlaceThatWasLeftIsFree) {
  Link& link = Open(one_);
  pool_.SetIdle(link);
  pool_.TakePlace();
  pool_.LeavePlace();
  pool_.TakePlace();
  EXPECT_EQ(pool_.TakeIdle(one_), &link);
}

TEST_F(ConnectionPoolTest, AClosedOneLeavesItsCallWithoutAConnection) {
  Link& link = Open(one_);
  Call& call = *link.call;
  EXPECT_EQ(call.link, &link);
  pool_.Close(link);
  EXPECT_EQ(call.link, nullptr);
}

TEST_F(ConnectionPoolTest, AClosedOneIsNotResumed) {
  Link& first = Open(one_);
  Link& second = Open(one_);
  pool_.Resume(first);
  pool_.Resume(second);
  int resumed = 0;
  pool_.ForEachResumed([&](Link& link) {
    EXPECT_EQ(&link, &first);
    ++resumed;
    pool_.Close(second);
  });
  EXPECT_EQ(resumed, 1);
}

TEST_F(ConnectionPoolTest, WhatIsResumedMeanwhileGoesOnTheNextTime) {
  Link& link = Open(one_);
  pool_.Resume(link);
  pool_.Resume(link);
  int resumed = 0;
  for (int turn = 0; turn < 2; ++turn) {
    pool_.ForEachResumed([&](Link& again) {
      if (++resumed == 1) pool_.Resume(again);
    });
    EXPECT_EQ(resumed, turn + 1);
  }
  EXPECT_FALSE(pool_.any_resumed());
}

}  // namespace
}  // namespace invocator
