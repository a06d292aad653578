#include "worker/io/socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/loop_fixture.h"

namespace invocator {
namespace {

// A socket of either loop, and the other end as a plain descriptor.
class SocketTest : public LoopFixture {
 protected:
  void SetUp() override {
    LoopFixture::SetUp();
    if (loop_ == nullptr) return;
    Turn(0);  // owns the loop
    socket_ = Open(peer_);
  }
  void TearDown() override {
    for (const int fd : peers_) close(fd);
  }

  std::unique_ptr<Socket> Open(int& peer) {
    std::array<int, 2> pair = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()),
              0);
    peer = pair[1];
    peers_.push_back(peer);
    auto socket = loop_->Adopt(pair[0]);
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }
  void ClosePeer() {
    std::erase(peers_, peer_);
    close(peer_);
  }

  // Events of one turn, by descriptor.
  std::map<int, uint32_t> Turn(int64_t timeout_ns) {
    std::map<int, uint32_t> events;
    loop_->Wait(timeout_ns, [&](int fd, uint32_t more) { events[fd] |= more; });
    return events;
  }
  // Turns until the socket has one of these events, or the deadline.
  uint32_t Await(uint32_t wanted) {
    const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
    uint32_t all = 0;
    while ((all & wanted) == 0 && clock_.NowNs() < end_ns) {
      all |= Turn(kDeadlineNs)[socket_->fd()];
    }
    EXPECT_NE(all & wanted, 0u);
    return all;
  }
  // Reads what has come, until no more has.
  std::string ReadAll() {
    std::string all;
    std::array<char, 1000> part;
    while (true) {
      const Socket::Result result = socket_->Receive(absl::MakeSpan(part));
      last_ = result.state;
      if (result.state != Socket::State::kOk) return all;
      all.append(part.data(), result.bytes);
    }
  }
  std::string PeerReads() {
    std::string all;
    std::array<char, 100'000> part;
    for (ssize_t n; (n = read(peer_, part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<size_t>(n));
    }
    return all;
  }

  std::vector<int> peers_;
  int peer_ = -1;
  std::unique_ptr<Socket> socket_;
  Socket::State last_ = Socket::State::kOk;
};
INSTANTIATE_TEST_SUITE_P(Loops, SocketTest, BothLoops(), NameOfLoop);

TEST_P(SocketTest, BytesComeOnceAndInOrder) {
  ASSERT_EQ(write(peer_, "first ", 6), 6);
  Await(EPOLLIN);
  EXPECT_EQ(ReadAll(), "first ");
  EXPECT_EQ(last_, Socket::State::kAgain);
  ASSERT_EQ(write(peer_, "second", 6), 6);
  Await(EPOLLIN);
  EXPECT_EQ(ReadAll(), "second");
}

TEST_P(SocketTest, WhetherAllWasReadIsKnown) {
  ASSERT_EQ(write(peer_, "12345678", 8), 8);
  Await(EPOLLIN);
  std::array<char, 5> part;
  EXPECT_EQ(socket_->Receive(absl::MakeSpan(part)).bytes, 5u);
  EXPECT_FALSE(socket_->drained());
  EXPECT_EQ(socket_->Receive(absl::MakeSpan(part)).bytes, 3u);
  EXPECT_TRUE(socket_->drained());
}

TEST_P(SocketTest, SendsOfOneTurnLeaveInOrder) {
  EXPECT_EQ(socket_->Send("one ", "two ").bytes, 8u);
  EXPECT_EQ(socket_->Send("", "three ").bytes, 6u);
  EXPECT_EQ(socket_->Send("four", "").bytes, 4u);
  Turn(0);
  EXPECT_EQ(PeerReads(), "one two three four");
  Turn(0);
  EXPECT_EQ(socket_->sent_bytes(), 18u);
}

TEST_P(SocketTest, TheBytesOfASendNeedNotStay) {
  std::string text = "as it was";
  socket_->Send(text, "");
  std::fill(text.begin(), text.end(), 'x');
  Turn(0);
  EXPECT_EQ(PeerReads(), "as it was");
}

// 4 MB do not fit into the sockets' buffers.
TEST_P(SocketTest, AFullSocketSaysSoAndTellsWhenThereIsRoom) {
  std::string all;
  for (int i = 0; i < 4'000'000; ++i) {
    all.push_back(static_cast<char>('a' + i % 23));
  }
  std::string came;
  absl::string_view left = all;
  bool was_full = false;
  const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
  while (came.size() < all.size() && clock_.NowNs() < end_ns) {
    while (!left.empty()) {
      const Socket::Result result = socket_->Send("", left);
      if (result.state == Socket::State::kAgain) {
        was_full = true;
        break;
      }
      ASSERT_EQ(result.state, Socket::State::kOk);
      left.remove_prefix(result.bytes);
    }
    Turn(0);
    came += PeerReads();
    Turn(0);
  }
  EXPECT_TRUE(was_full);
  EXPECT_TRUE(came == all) << came.size() << " bytes came";
  EXPECT_EQ(socket_->sent_bytes(), all.size());
}

TEST_P(SocketTest, TheEndComesAfterTheBytes) {
  ASSERT_EQ(write(peer_, "last", 4), 4);
  ASSERT_EQ(shutdown(peer_, SHUT_WR), 0);
  Await(EPOLLRDHUP);
  EXPECT_EQ(ReadAll(), "last");
  EXPECT_EQ(last_, Socket::State::kEnd);
  // The other direction is still open.
  EXPECT_EQ(socket_->Send("more", "").state, Socket::State::kOk);
  Turn(0);
  EXPECT_EQ(PeerReads(), "more");
}

TEST_P(SocketTest, ASendToAPeerThatIsGoneFailsSoonerOrLater) {
  ClosePeer();
  Await(EPOLLRDHUP | EPOLLHUP);
  const Socket::Result sent = socket_->Send("lost", "");
  if (sent.state == Socket::State::kOk) Await(EPOLLERR | EPOLLHUP);
  EXPECT_EQ(socket_->Send("lost", "").state, Socket::State::kFailed);
  EXPECT_EQ(socket_->error(), EPIPE);
  EXPECT_EQ(socket_->sent_bytes(), 0u);
}

TEST_P(SocketTest, AClosedSocketIsClosedForThePeerAtOnce) {
  socket_->Send("farewell", "");
  socket_.reset();
  EXPECT_EQ(PeerReads(), "farewell");
  char byte;
  EXPECT_EQ(read(peer_, &byte, 1), 0);
}

// What came for the one must not reach the other, which has its descriptor.
TEST_P(SocketTest, ASocketDoesNotInheritFromAnEarlierOne) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(write(peer_, "old", 3), 3);
    socket_.reset();
    std::erase(peers_, peer_);
    close(peer_);
    socket_ = Open(peer_);
    Turn(0);
    EXPECT_EQ(ReadAll(), "");
    ASSERT_EQ(write(peer_, "new", 3), 3);
    Await(EPOLLIN);
    EXPECT_EQ(ReadAll(), "new");
  }
}

TEST_P(SocketTest, ASocketMayBeClosedByAnEventOfAnother) {
  int other_peer = -1;
  std::unique_ptr<Socket> other = Open(other_peer);
  Turn(0);
  ASSERT_EQ(write(peer_, "a", 1), 1);
  ASSERT_EQ(write(other_peer, "b", 1), 1);
  int events = 0;
  const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
  while (events == 0 && clock_.NowNs() < end_ns) {
    loop_->Wait(kDeadlineNs, [&](int, uint32_t what) {
      if ((what & EPOLLIN) == 0) return;
      ++events;
      socket_.reset();
      other.reset();
    });
  }
  EXPECT_GE(events, 1);
}

// More sockets than an io_uring has buffers, all of which are full at once.
TEST_P(SocketTest, SocketsThatAreNotReadDoNotStarveTheOthers) {
  constexpr size_t kMany = 600;
  const std::string bytes(20'000, 'x');
  std::vector<std::unique_ptr<Socket>> sockets;
  std::map<int, Socket*> by_fd;
  std::map<int, size_t> came;
  for (size_t i = 0; i < kMany; ++i) {
    int peer = -1;
    sockets.push_back(Open(peer));
    by_fd[sockets.back()->fd()] = sockets.back().get();
    ASSERT_EQ(write(peer, bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  for (int i = 0; i < 20; ++i) Turn(0);  // nobody reads
  size_t all = 0;
  std::array<char, 3'000> part;
  const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
  while (all < kMany * bytes.size() && clock_.NowNs() < end_ns) {
    for (auto& [fd, socket] : by_fd) {
      while (true) {
        const Socket::Result result = socket->Receive(absl::MakeSpan(part));
        if (result.state != Socket::State::kOk) break;
        came[fd] += result.bytes;
        all += result.bytes;
      }
    }
    Turn(0);
  }
  EXPECT_EQ(all, kMany * bytes.size());
  for (const auto& [fd, size] : came) EXPECT_EQ(size, bytes.size());
}

}  // namespace
}  // namespace invocator
