#include "worker/connection_opener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

constexpr int64_t kDeadlineNs = 10'000'000'000;

std::string PeerOf(int fd) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));
  return text;
}

// Waits for the addresses, which come from another thread.
std::vector<std::string> Await(AddressTurns& turns, const char* host,
                               int64_t now_ns) {
  const SystemSteadyClock clock;
  const int64_t end_ns = clock.NowNs() + kDeadlineNs;
  std::vector<std::string> addresses;
  while (addresses.empty() && clock.NowNs() < end_ns) {
    addresses = turns.Next(host, now_ns);
    std::this_thread::yield();
  }
  return addresses;
}

TEST(AddressTurnsTest, EveryAddressIsFirstInTurn) {
  AddressTurns turns([](const std::string&) {
    return std::vector<std::string>{"a", "b", "c"};
  });
  EXPECT_THAT(Await(turns, "host", 0), testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(turns.Next("host", 1), testing::ElementsAre("b", "c", "a"));
  EXPECT_THAT(turns.Next("host", 2), testing::ElementsAre("c", "a", "b"));
  EXPECT_THAT(turns.Next("host", 3), testing::ElementsAre("a", "b", "c"));
}

TEST(AddressTurnsTest, ANameIsLookedUpOnceInItsTime) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  AddressTurns turns([asked](const std::string&) {
    // From the second time on, the name is not found.
    return asked->fetch_add(1) == 0 ? std::vector<std::string>{"a"}
                                    : std::vector<std::string>();
  });
  Await(turns, "host", 0);
  for (int64_t now = 0; now < 100; ++now) turns.Next("host", now);
  EXPECT_EQ(*asked, 1);
  // What is known serves until something better is.
  EXPECT_THAT(turns.Next("host", AddressTurns::kTtlNs),
              testing::ElementsAre("a"));
  while (*asked < 2) std::this_thread::yield();
  EXPECT_THAT(turns.Next("host", AddressTurns::kTtlNs + 1),
              testing::ElementsAre("a"));
}

class ConnectionOpenerTest : public testing::Test {
 protected:
  ConnectionOpenerTest() : loop_(*EventLoop::Create()) {}

  // Opens one connection: the peer's address, or what went wrong.
  std::string Open(ConnectionOpener& opener, const Origin& origin) {
    std::string result;
    int owner = 0;
    opener.Begin(origin, &owner, clock_.NowNs());
    const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
    while (result.empty() && clock_.NowNs() < end_ns) {
      opener.Turn(clock_.NowNs(), [&](void* its_owner, int fd, Outcome outcome,
                                      const char* error) {
        EXPECT_EQ(its_owner, &owner);
        result = fd >= 0 ? PeerOf(fd)
                         : absl::StrCat(OutcomeName(outcome), ": ", error);
        if (fd >= 0) close(fd);
      });
      if (!result.empty()) break;
      loop_->Wait(1'000'000, [&](int fd, uint32_t events) {
        opener.OnReady(fd, events, clock_.NowNs());
      });
    }
    return result;
  }

  const SystemSteadyClock clock_;
  std::unique_ptr<EventLoop> loop_;
};

TEST_F(ConnectionOpenerTest, TheAddressesOfAHostAreUsedInTurn) {
  ScriptedServer one([](ScriptedServer::Connection& c) { c.AwaitEnd(); });
  const Origin local = OriginOf(one.url());
  // The same port of another address of loopback.
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(local.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  ASSERT_EQ(bind(other, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  ASSERT_EQ(listen(other, 8), 0);

  auto opener = ConnectionOpener::Create(*loop_, [](const std::string&) {
    return std::vector<std::string>{"127.0.0.1", "127.0.0.2"};
  });
  ASSERT_TRUE(opener.ok());
  // A name that libcurl takes for this machine without asking anybody: until
  // its addresses are known, it is for libcurl to look up.
  const Origin origin =
      OriginOf(absl::StrCat("http://two.localhost:", local.port));
  const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
  std::string first;
  while (first != "127.0.0.2" && clock_.NowNs() < end_ns) {
    first = Open(**opener, origin);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Open(**opener, origin), "127.0.0.1");
    EXPECT_EQ(Open(**opener, origin), "127.0.0.2");
  }
  // One that does not answer is passed over.
  close(other);
  EXPECT_EQ(Open(**opener, origin), "127.0.0.1");
  EXPECT_EQ(Open(**opener, origin), "127.0.0.1");
}

TEST_F(ConnectionOpenerTest, ARefusalIsTold) {
  auto opener = ConnectionOpener::Create(*loop_);
  ASSERT_TRUE(opener.ok());
  EXPECT_THAT(Open(**opener, OriginOf(RefusingUrl())),
              testing::StartsWith("connect_error: "));
}

TEST_F(ConnectionOpenerTest, AttemptsMayBeGivenUpOrLeftBehind) {
  ScriptedServer server([](ScriptedServer::Connection& c) { c.AwaitEnd(); });
  auto opener = ConnectionOpener::Create(*loop_);
  ASSERT_TRUE(opener.ok());
  int owner = 0;
  const Origin origin = OriginOf(server.url());
  for (int i = 0; i < 3; ++i) {
    (*opener)->Cancel((*opener)->Begin(origin, &owner, clock_.NowNs()));
  }
  (*opener)->Turn(clock_.NowNs(),
                  [](void*, int, Outcome, const char*) { FAIL(); });
  EXPECT_EQ(Open(**opener, origin), "127.0.0.1");
  (*opener)->Begin(origin, &owner, clock_.NowNs());
}

}  // namespace
}  // namespace invocator
