#include "coordinator/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "coordinator/listening_sockets.h"
#include "coordinator/open_connections.h"

namespace invocator {
namespace {

using testing::HasSubstr;

// A port of `host` that nobody has at the moment.
uint16_t FreePort(int family) {
  const int fd = socket(family, SOCK_STREAM, 0);
  sockaddr_storage address = {};
  address.ss_family = static_cast<sa_family_t>(family);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<sockaddr*>(&address),
       family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

// A connection to 127.0.0.1; -1 if it is refused.
int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
      0) {
    return fd;
  }
  close(fd);
  return -1;
}

std::string At(const std::string& host, uint16_t port) {
  return host + ":" + std::to_string(port);
}

// What it takes is held open until Close.
class AcceptorTest : public testing::Test {
 protected:
  ~AcceptorTest() override {
    acceptor_.reset();
    for (const int fd : clients_) close(fd);
    for (const int fd : taken_) close(fd);
  }

  void Start(const FleetLimits& limits) {
    auto sockets = ListeningSockets::Open(At("127.0.0.1", port_));
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    auto acceptor = Acceptor::Start(*std::move(sockets), limits,
                                    {[this](int, int fd) {
                                       const std::lock_guard lock(mutex_);
                                       taken_.push_back(fd);
                                       changed_.notify_all();
                                     },
                                     [this] {
                                       const std::lock_guard lock(mutex_);
                                       return greeted_;
                                     }});
    ASSERT_TRUE(acceptor.ok()) << acceptor.status();
    acceptor_ = *std::move(acceptor);
  }

  void Dial(int count) {
    for (int i = 0; i < count; ++i) {
      clients_.push_back(Connect(port_));
      ASSERT_GE(clients_.back(), 0);
    }
  }

  bool AwaitTaken(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return taken_.size() >= count; });
  }

  size_t taken() {
    const std::lock_guard lock(mutex_);
    return taken_.size();
  }

  void CloseFirstTaken() {
    const std::lock_guard lock(mutex_);
    close(taken_.front());
    taken_.erase(taken_.begin());
  }

  void Greet(size_t count) {
    const std::lock_guard lock(mutex_);
    greeted_ = count;
  }

  const uint16_t port_ = FreePort(AF_INET);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> taken_;
  size_t greeted_ = 0;
  std::vector<int> clients_;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, ConnectionsAreTaken) {
  Start({});
  Dial(20);
  EXPECT_TRUE(AwaitTaken(20));
}

TEST_F(AcceptorTest, StrangersWaitUntilOneGoes) {
  Start({/*connections=*/100, /*strangers=*/3});
  Dial(5);
  ASSERT_TRUE(AwaitTaken(3));
  EXPECT_EQ(taken(), 3u);
  CloseFirstTaken();
  ASSERT_TRUE(AwaitTaken(3));
  CloseFirstTaken();
  EXPECT_TRUE(AwaitTaken(3));
}

TEST_F(AcceptorTest, WhoSaidHelloIsNoStranger) {
  Start({/*connections=*/100, /*strangers=*/3});
  Dial(5);
  ASSERT_TRUE(AwaitTaken(3));
  Greet(2);
  EXPECT_TRUE(AwaitTaken(5));
}

TEST_F(AcceptorTest, AllConnectionsHaveABoundToo) {
  Greet(100);
  Start({/*connections=*/4, /*strangers=*/100});
  Dial(6);
  ASSERT_TRUE(AwaitTaken(4));
  EXPECT_EQ(taken(), 4u);
  CloseFirstTaken();
  EXPECT_TRUE(AwaitTaken(4));
}

TEST_F(AcceptorTest, EndsAtOnceWhileOthersWait) {
  Start({/*connections=*/1, /*strangers=*/1});
  Dial(3);
  ASSERT_TRUE(AwaitTaken(1));
  acceptor_.reset();
  EXPECT_EQ(taken(), 1u);
  EXPECT_EQ(Connect(port_), -1);
}

TEST_F(AcceptorTest, AcceptsAgainAfterDescriptorsRanOut) {
  Start({/*connections=*/10'000, /*strangers=*/10'000});
  Dial(1);
  ASSERT_TRUE(AwaitTaken(1));
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  std::vector<int> hoard;
  for (int fd = 0; fd >= 0;) {
    fd = dup(client);
    if (fd >= 0) hoard.push_back(fd);
  }
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // The kernel takes the connection; nobody can accept it.
  ASSERT_EQ(
      connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
      0);
  EXPECT_EQ(taken(), 1u);
  for (const int fd : hoard) close(fd);
  EXPECT_TRUE(AwaitTaken(2));
  close(client);
}

TEST(OpenConnectionsTest, OneThatWasClosedIsNotCountedEvenIfItsNumberIs) {
  OpenConnections connections;
  const int first = socket(AF_INET, SOCK_STREAM, 0);
  const int second = socket(AF_INET, SOCK_STREAM, 0);
  connections.Add(first);
  connections.Add(second);
  EXPECT_EQ(connections.Count(), 2u);
  close(first);
  EXPECT_EQ(connections.AtMost(), 2u);
  EXPECT_EQ(connections.Count(), 1u);
  close(second);
  const int other = socket(AF_INET, SOCK_STREAM, 0);  // has a number of theirs
  EXPECT_EQ(connections.Count(), 0u);
  EXPECT_EQ(connections.AtMost(), 0u);
  close(other);
}

TEST(ListeningSocketsTest, ANamesEveryAddressListens) {
  const uint16_t port = FreePort(AF_INET);
  const auto sockets = ListeningSockets::Open(At("localhost", port));
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  const int client = Connect(port);
  EXPECT_GE(client, 0);
  close(client);
}

TEST(ListeningSocketsTest, TheWildcardTakesIpv4) {
  for (const char* host : {"0.0.0.0", "[::]"}) {
    const uint16_t port = FreePort(AF_INET);
    const auto sockets = ListeningSockets::Open(At(host, port));
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    const int client = Connect(port);
    EXPECT_GE(client, 0) << host;
    close(client);
  }
}

TEST(ListeningSocketsTest, APortInUseIsNamedWithTheReason) {
  const uint16_t port = FreePort(AF_INET);
  const auto first = ListeningSockets::Open(At("127.0.0.1", port));
  ASSERT_TRUE(first.ok()) << first.status();
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0"}) {
    const auto second = ListeningSockets::Open(At(host, port));
    EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(
        std::string(second.status().message()),
        "cannot listen on " + At(host, port) + ": Address already in use");
  }
}

TEST(ListeningSocketsTest, AnAddressThatIsNotOursIsNamed) {
  const auto sockets = ListeningSockets::Open("192.0.2.1:7000");
  EXPECT_THAT(std::string(sockets.status().message()),
              HasSubstr("192.0.2.1:7000: Cannot assign requested address"));
  EXPECT_FALSE(ListeningSockets::Open("name.invalid:7000").ok());
  EXPECT_FALSE(ListeningSockets::Open("127.0.0.1").ok());
}

}  // namespace
}  // namespace invocator
