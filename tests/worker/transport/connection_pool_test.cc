#include "worker/transport/connection_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <list>
#include <random>
#include <vector>

#include "worker/io/system_socket.h"

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
    pool_.TakePlace(origin);
    return pool_.Add(std::make_unique<SystemSocket>(ends[0]), call);
  }
  static int FdOf(Link& link) { return link.stream.fd(); }

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
  pool_.TakePlace(one_);
  EXPECT_FALSE(IsOpen(longest_fd));
  EXPECT_EQ(pool_.Find(longest_fd), nullptr);
  EXPECT_EQ(pool_.TakeIdle(other_), nullptr);
  EXPECT_EQ(pool_.TakeIdle(one_), &latest);
}

TEST_F(ConnectionPoolTest, BusyOnesAreNotClosedToMakeRoom) {
  const int first = FdOf(Open(one_));
  const int second = FdOf(Open(one_));
  pool_.TakePlace(one_);
  EXPECT_TRUE(IsOpen(first));
  EXPECT_TRUE(IsOpen(second));
}

TEST_F(ConnectionPoolTest, APlaceThatWasLeftIsFree) {
  Link& link = Open(one_);
  pool_.SetIdle(link);
  pool_.TakePlace(one_);
  pool_.LeavePlace(one_);
  pool_.TakePlace(one_);
  EXPECT_EQ(pool_.TakeIdle(one_), &link);
}

TEST_F(ConnectionPoolTest, AClosedOnesPlaceIsFree) {
  Link& closed = Open(one_);
  Link& idle = Open(one_);
  pool_.Close(closed);
  pool_.SetIdle(idle);
  pool_.TakePlace(one_);
  EXPECT_EQ(pool_.TakeIdle(one_), &idle);
}

TEST_F(ConnectionPoolTest, ACallThatHasAnotherConnectionKeepsIt) {
  Link& first = Open(one_);
  Link& second = Open(one_);
  Call& call = *first.call;
  call.link = &second;  // it was sent again
  pool_.Close(first);
  EXPECT_EQ(call.link, &second);
}

TEST_F(ConnectionPoolTest, OnlyWhatIsOpenIsFoundByItsDescriptor) {
  Link& link = Open(one_);
  const int fd = FdOf(link);
  EXPECT_EQ(pool_.Find(fd), &link);
  EXPECT_EQ(pool_.Find(fd + 1), nullptr);
  EXPECT_EQ(pool_.Find(fd + 100'000), nullptr);
  pool_.Close(link);
  EXPECT_EQ(pool_.Find(fd), nullptr);
}

TEST_F(ConnectionPoolTest, AgreesWithAListOfIdleOnesInTheirOrder) {
  std::mt19937 random(5);
  const auto any = [&](auto& list) {
    auto place = list.begin();
    std::advance(place, random() % list.size());
    return place;
  };
  constexpr size_t kRoom = 6;
  ConnectionPool pool(kRoom);
  std::list<Link*> idle;  // the longest first
  std::list<Link*> busy;
  for (int turn = 0; turn < 5'000; ++turn) {
    OriginPool& origin = random() % 2 == 0 ? one_ : other_;
    switch (random() % 4) {
      case 0: {
        if (busy.size() == kRoom) break;
        if (idle.size() + busy.size() == kRoom) {
          Link* const longest = idle.front();
          idle.pop_front();
          const int fd = FdOf(*longest);
          pool.TakePlace(origin);
          ASSERT_EQ(pool.Find(fd), nullptr);
        } else {
          pool.TakePlace(origin);
        }
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        ASSERT_GE(fd, 0);
        Call& call = calls_.emplace_back();
        call.pool = &origin;
        busy.push_back(&pool.Add(std::make_unique<SystemSocket>(fd), call));
        break;
      }
      case 1: {
        if (busy.empty()) break;
        const auto ended = any(busy);
        pool.SetIdle(**ended);
        idle.splice(idle.end(), busy, ended);
        break;
      }
      case 2: {
        Link* const taken = pool.TakeIdle(origin);
        const auto found = std::find(idle.begin(), idle.end(), taken);
        ASSERT_EQ(taken == nullptr, found == idle.end());
        if (taken == nullptr) {
          for (Link* const link : idle) ASSERT_NE(link->pool, &origin);
        } else {
          ASSERT_EQ(taken->pool, &origin);
          busy.splice(busy.end(), idle, found);
        }
        break;
      }
      default: {
        // The peer closes an idle one.
        if (idle.empty()) break;
        const auto closed = any(idle);
        pool.RemoveIdle(**closed);
        pool.Close(**closed);
        idle.erase(closed);
        break;
      }
    }
    ASSERT_EQ(one_.idle.size() + other_.idle.size(), idle.size());
  }
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
  pool_.resumed().Add(first);
  pool_.resumed().Add(second);
  int resumed = 0;
  pool_.resumed().Visit([&](Link& link) {
    EXPECT_EQ(&link, &first);
    ++resumed;
    pool_.Close(second);
  });
  EXPECT_EQ(resumed, 1);
}

TEST_F(ConnectionPoolTest, WhatIsResumedMeanwhileGoesOnTheNextTime) {
  Link& link = Open(one_);
  pool_.resumed().Add(link);
  pool_.resumed().Add(link);
  int resumed = 0;
  for (int turn = 0; turn < 2; ++turn) {
    pool_.resumed().Visit([&](Link& again) {
      if (++resumed == 1) pool_.resumed().Add(again);
    });
    EXPECT_EQ(resumed, turn + 1);
  }
  EXPECT_TRUE(pool_.resumed().empty());
}

TEST_F(ConnectionPoolTest, AClosedOneLeavesItsPlace) {
  Link& kept = Open(one_);
  pool_.Close(Open(one_));
  pool_.SetIdle(kept);
  pool_.TakePlace(one_);
  EXPECT_EQ(pool_.TakeIdle(one_), &kept) << "there was room beside it";
}

TEST_F(ConnectionPoolTest, OneThatWaitsToBeResumedMayBeClosed) {
  Link& link = Open(one_);
  pool_.resumed().Add(link);
  EXPECT_FALSE(pool_.resumed().empty());
  pool_.Close(link);
  pool_.resumed().Visit([](Link&) { FAIL(); });
}

TEST_F(ConnectionPoolTest, ACallThatHasGoneOnKeepsItsOtherConnection) {
  Link& first = Open(one_);
  Link& second = Open(one_);
  Call& call = *first.call;
  call.link = &second;
  pool_.Close(first);
  EXPECT_EQ(call.link, &second);
}

// Whichever goes, the one that is then idle the longest makes room.
TEST_F(ConnectionPoolTest, IdleOnesMayBeTakenOutInAnyOrder) {
  for (size_t taken = 0; taken < 3; ++taken) {
    ConnectionPool pool(3);
    std::vector<Link*> links;
    std::vector<int> fds;
    for (int i = 0; i < 3; ++i) {
      std::array<int, 2> ends = {};
      ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
      peers_.push_back(ends[1]);
      Call& call = calls_.emplace_back();
      call.pool = &one_;
      pool.TakePlace(one_);
      links.push_back(&pool.Add(std::make_unique<SystemSocket>(ends[0]), call));
      fds.push_back(ends[0]);
    }
    for (Link* link : links) pool.SetIdle(*link);
    pool.RemoveIdle(*links[taken]);
    const size_t longest = taken == 0 ? 1 : 0;
    const size_t latest = taken == 2 ? 1 : 2;
    pool.TakePlace(one_);
    EXPECT_FALSE(IsOpen(fds[longest])) << taken;
    EXPECT_TRUE(IsOpen(fds[taken])) << taken;
    EXPECT_EQ(pool.TakeIdle(one_), links[latest]) << taken;
    EXPECT_EQ(pool.TakeIdle(one_), nullptr) << taken;
  }
}

}  // namespace
}  // namespace invocator
