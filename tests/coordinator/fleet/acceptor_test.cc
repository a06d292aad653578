#include "coordinator/fleet/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "coordinator/fleet/listening_sockets.h"
#include "coordinator/fleet/open_connections.h"
#include "coordinator/fleet/peer_address.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
                                       return workers_;
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

  void CloseFirstTaken() { CloseTaken(0); }
  void CloseTaken(size_t index) {
    const std::lock_guard lock(mutex_);
    close(taken_[index]);
    taken_.erase(taken_.begin() + static_cast<ptrdiff_t>(index));
  }

  // The first of those taken say Hello.
  void Greet(size_t count) {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < count; ++i) workers_.insert(PeerOf(taken_[i]));
  }

  // The other end has ended the connection: nothing comes of it any more.
  bool IsShut(size_t client) {
    pollfd one = {clients_[client], POLLIN, 0};
    return poll(&one, 1, 0) == 1;
  }
  bool AwaitShut(size_t client) {
    pollfd one = {clients_[client], POLLIN, 0};
    return poll(&one, 1, /*timeout=*/10'000) == 1;
  }

  const uint16_t port_ = FreePort(AF_INET);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> taken_;
  OpenConnections::Peers workers_;
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
  Start({/*connections=*/4, /*strangers=*/100});
  Dial(4);
  ASSERT_TRUE(AwaitTaken(4));
  Greet(4);
  Dial(2);
  CloseFirstTaken();
  ASSERT_TRUE(AwaitTaken(4));
  EXPECT_EQ(taken(), 4u);
  CloseFirstTaken();
  EXPECT_TRUE(AwaitTaken(4));
}

TEST_F(AcceptorTest, TheOldestStrangersMakeWayForThoseWhoWait) {
  Start({/*connections=*/100, /*strangers=*/2});
  Dial(1);
  ASSERT_TRUE(AwaitTaken(1));
  Greet(1);
  const auto begin = std::chrono::steady_clock::now();
  Dial(2);
  ASSERT_TRUE(AwaitTaken(3));
  Dial(1);
  ASSERT_TRUE(AwaitShut(1));
  // It had its time to say Hello.
  EXPECT_GT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_FALSE(IsShut(0));
  CloseTaken(1);
  EXPECT_TRUE(AwaitTaken(3));
}

TEST_F(AcceptorTest, NobodyMakesWayForNobody) {
  Start({/*connections=*/100, /*strangers=*/2});
  Dial(2);
  ASSERT_TRUE(AwaitTaken(2));
  pollfd one = {clients_[0], POLLIN, 0};
  EXPECT_EQ(poll(&one, 1, /*timeout=*/1'500), 0);
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

// Pairs of connected sockets: one end accepted, the other a client's.
class OpenConnectionsTest : public testing::Test {
 protected:
  ~OpenConnectionsTest() override {
    for (const int fd : clients_) close(fd);
    for (const int fd : accepted_) close(fd);
    close(listener_);
  }

  void SetUp() override {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(
        bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
    ASSERT_EQ(listen(listener_, 10), 0);
  }

  void Add(int64_t now_ns) {
    clients_.push_back(Connect(port_));
    accepted_.push_back(accept(listener_, nullptr, nullptr));
    connections_.Add(accepted_.back(), now_ns);
  }

  // Indexes of the connections that are shut.
  std::vector<size_t> Shut() {
    std::vector<size_t> shut;
    for (size_t i = 0; i < clients_.size(); ++i) {
      pollfd one = {clients_[i], POLLIN, 0};
      if (poll(&one, 1, 0) == 1) shut.push_back(i);
    }
    return shut;
  }

  const uint16_t port_ = FreePort(AF_INET);
  int listener_ = -1;
  std::vector<int> clients_;
  std::vector<int> accepted_;
  OpenConnections connections_;
};

TEST_F(OpenConnectionsTest, OneThatWasClosedIsNotCountedEvenIfItsNumberIs) {
  Add(0);
  Add(0);
  connections_.Update({}, 0);
  EXPECT_EQ(connections_.size(), 2u);
  const int first = accepted_[0];
  close(first);
  EXPECT_EQ(connections_.size(), 2u);
  const int other = dup2(clients_[1], first);
  ASSERT_EQ(other, first);
  connections_.Update({}, 0);
  EXPECT_EQ(connections_.size(), 1u);
  EXPECT_EQ(connections_.strangers(), 1u);
}

TEST_F(OpenConnectionsTest, ADescriptorThatIsAnothersByNowIsLeftAlone) {
  Add(0);
  Add(0);
  dup2(clients_[1], accepted_[0]);  // the first connection is closed by that
  connections_.ShutStrangers(0, 1);
  EXPECT_THAT(Shut(), ElementsAre(0));
  connections_.ShutAll();
  EXPECT_THAT(Shut(), ElementsAre(0, 1));
}

TEST_F(OpenConnectionsTest, TheOldestStrangersGoFirst) {
  for (const int64_t since_ns : {30, 10, 20, 40}) Add(since_ns);
  connections_.ShutStrangers(/*since_ns=*/9, 100);
  EXPECT_THAT(Shut(), IsEmpty());
  connections_.ShutStrangers(/*since_ns=*/30, 1);
  EXPECT_THAT(Shut(), ElementsAre(1));
  connections_.ShutStrangers(/*since_ns=*/30, 1);
  EXPECT_THAT(Shut(), ElementsAre(1, 2));
  connections_.ShutStrangers(/*since_ns=*/30, 100);
  EXPECT_THAT(Shut(), ElementsAre(0, 1, 2));
}

TEST_F(OpenConnectionsTest, AWorkersConnectionStaysAndAgesFromItsEnd) {
  Add(0);
  Add(0);
  const OpenConnections::Peers workers = {PeerOf(accepted_[0])};
  connections_.Update(workers, /*now_ns=*/100);
  EXPECT_EQ(connections_.strangers(), 1u);
  connections_.ShutStrangers(/*since_ns=*/100, 100);
  EXPECT_THAT(Shut(), ElementsAre(1));
  connections_.Update({}, /*now_ns=*/200);
  EXPECT_EQ(connections_.strangers(), 2u);
  connections_.ShutStrangers(/*since_ns=*/99, 100);
  EXPECT_THAT(Shut(), ElementsAre(1));
  connections_.ShutStrangers(/*since_ns=*/100, 100);
  EXPECT_THAT(Shut(), ElementsAre(0, 1));
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
