#include "worker/io/uring_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "worker/io/open_loop.h"

namespace invocator {
namespace {

class UringLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    auto loop = UringLoop::Create();
    if (!loop.ok()) GTEST_SKIP() << loop.status();
    loop_ = *std::move(loop);
    Turn();
    for (int i = 0; i < 16; ++i) {
      std::array<int, 2> pair = {-1, -1};
      ASSERT_EQ(
          socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
      peers_.push_back(pair[1]);
      sockets_.push_back(*loop_->Adopt(pair[0]));
    }
    Turn();
  }
  void TearDown() override {
    for (const int fd : peers_) close(fd);
  }

  // Returns the number of sockets that were ready.
  int Turn() {
    int ready = 0;
    loop_->Wait(0, [&](int, uint32_t) { ++ready; });
    return ready;
  }

  std::unique_ptr<UringLoop> loop_;
  std::vector<int> peers_;
  std::vector<std::unique_ptr<Socket>> sockets_;
};

TEST_F(UringLoopTest, ATurnIsOneSystemCallForAllItsSends) {
  const uint64_t before = loop_->enters();
  for (const auto& socket : sockets_) socket->Send("request", "");
  EXPECT_EQ(loop_->enters(), before);
  Turn();
  EXPECT_EQ(loop_->enters(), before + 1);
  char bytes[8];
  for (const int peer : peers_) EXPECT_EQ(read(peer, bytes, 8), 7);
}

TEST_F(UringLoopTest, AndForAllTheAnswersThatHaveCome) {
  for (const int peer : peers_) ASSERT_EQ(write(peer, "answer", 6), 6);
  const uint64_t before = loop_->enters();
  EXPECT_EQ(Turn(), 16);
  EXPECT_EQ(loop_->enters(), before + 1);
  std::array<char, 100> into;
  for (const auto& socket : sockets_) {
    EXPECT_EQ(socket->Receive(absl::MakeSpan(into)).bytes, 6u);
  }
  EXPECT_EQ(loop_->enters(), before + 1);
}

TEST_F(UringLoopTest, SpinningIsFreeOfSystemCalls) {
  const uint64_t before = loop_->enters();
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(Turn(), 0);
  EXPECT_EQ(loop_->enters(), before);
}

TEST_F(UringLoopTest, AutoTakesItWhereItIs) {
  EXPECT_EQ((*OpenEventLoop(IoMode::kAuto))->mode(), IoMode::kUring);
  EXPECT_EQ((*OpenEventLoop(IoMode::kEpoll))->mode(), IoMode::kEpoll);
}

}  // namespace
}  // namespace invocator
