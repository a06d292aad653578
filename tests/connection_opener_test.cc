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
#include "tests/support/fake_clock.h"
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

// What a look-up finds, which comes from another thread.
std::vector<std::string> Await(HostAddresses& addresses, const char* host) {
  const SystemSteadyClock clock;
  const int64_t end_ns = clock.NowNs() + kDeadlineNs;
  while (clock.NowNs() < end_ns) {
    if (const auto found = addresses.Of(host)) return *found;
    std::this_thread::yield();
  }
  return {"no answer"};
}

HostAddresses::LookUp Always(std::vector<std::string> addresses) {
  return [addresses](const std::string&) { return addresses; };
}

bool Never() { return false; }

TEST(HostAddressesTest, ANameIsLookedUpOnceInItsTime) {
  FakeSteadyClock clock;
  auto asked = std::make_shared<std::atomic<int>>(0);
  HostAddresses addresses(clock, [asked](const std::string&) {
    // From the second time on, the name is not found.
    return asked->fetch_add(1) == 0 ? std::vector<std::string>{"a"}
                                    : std::vector<std::string>();
  });
  EXPECT_THAT(Await(addresses, "host"), testing::ElementsAre("a"));
  for (int i = 0; i < 100; ++i) addresses.Of("host");
  EXPECT_EQ(*asked, 1);
  clock.Advance(HostAddresses::kTtlNs - 1);
  addresses.Of("host");
  EXPECT_EQ(*asked, 1);
  // What is known serves until something better is.
  clock.Advance(1);
  EXPECT_THAT(*addresses.Of("host"), testing::ElementsAre("a"));
  while (*asked < 2) std::this_thread::yield();
  EXPECT_THAT(*addresses.Of("host"), testing::ElementsAre("a"));
}

TEST(HostAddressesTest, ANameThatIsNotFoundIsTriedAgain) {
  FakeSteadyClock clock;
  auto asked = std::make_shared<std::atomic<int>>(0);
  HostAddresses addresses(clock, [asked](const std::string&) {
    return asked->fetch_add(1) == 0 ? std::vector<std::string>()
                                    : std::vector<std::string>{"b"};
  });
  EXPECT_THAT(Await(addresses, "host"), testing::IsEmpty());
  clock.Advance(HostAddresses::kRetryNs - 1);
  EXPECT_THAT(*addresses.Of("host"), testing::IsEmpty());
  EXPECT_EQ(*asked, 1);
  clock.Advance(1);
  while (addresses.Of("host")->empty()) std::this_thread::yield();
  EXPECT_THAT(*addresses.Of("host"), testing::ElementsAre("b"));
}

TEST(HostAddressesTest, ManyAskWhileOneLookUpIsOut) {
  const SystemSteadyClock clock;
  auto asked = std::make_shared<std::atomic<int>>(0);
  auto go_on = std::make_shared<std::atomic<bool>>(false);
  HostAddresses addresses(clock, [asked, go_on](const std::string&) {
    asked->fetch_add(1);
    while (!*go_on) std::this_thread::yield();
    return std::vector<std::string>{"a"};
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(addresses.Of("host"), nullptr);
  EXPECT_THAT(addresses.Await({"host"}, 1, Never),
              testing::ElementsAre("host"));
  EXPECT_THAT(addresses.Await({"host"}, kDeadlineNs, [] { return true; }),
              testing::ElementsAre("host"));
  *go_on = true;
  EXPECT_THAT(addresses.Await({"host"}, kDeadlineNs, Never),
              testing::IsEmpty());
  EXPECT_EQ(*asked, 1);
}

TEST(AddressTurnsTest, EveryAddressIsFirstInTurnAndEnginesBeginApart) {
  const SystemSteadyClock clock;
  HostAddresses addresses(clock, Always({"a", "b", "c"}));
  addresses.Await({"host"}, kDeadlineNs, Never);
  AddressTurns one(addresses, 0);
  AddressTurns other(addresses, 4);
  EXPECT_THAT(*one.Next("host"), testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(*other.Next("host"), testing::ElementsAre("b", "c", "a"));
  EXPECT_THAT(*one.Next("host"), testing::ElementsAre("b", "c", "a"));
  EXPECT_THAT(*one.Next("host"), testing::ElementsAre("c", "a", "b"));
  EXPECT_THAT(*one.Next("host"), testing::ElementsAre("a", "b", "c"));
}

class ConnectionOpenerTest : public testing::Test {
 protected:
  ConnectionOpenerTest() : loop_(*EventLoop::Create()) {}

  std::unique_ptr<ConnectionOpener> OpenerWith(HostAddresses& addresses) {
    return *ConnectionOpener::Create(*loop_, AddressTurns(addresses, 0));
  }

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
  HostAddresses addresses_{clock_};
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

  HostAddresses addresses(clock_, Always({"127.0.0.1", "127.0.0.2"}));
  const auto opener = OpenerWith(addresses);
  const Origin origin = OriginOf(absl::StrCat("http://two.test:", local.port));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
    EXPECT_EQ(Open(*opener, origin), "127.0.0.2");
  }
  // One that does not answer is passed over.
  close(other);
  EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
  EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
}

TEST_F(ConnectionOpenerTest, ARefusalIsTold) {
  const auto opener = OpenerWith(addresses_);
  EXPECT_THAT(Open(*opener, OriginOf(RefusingUrl())),
              testing::StartsWith("connect_error: "));
}

TEST_F(ConnectionOpenerTest, ANameWithoutAddressesIsAFailure) {
  HostAddresses addresses(clock_, Always({}));
  EXPECT_THAT(Open(*OpenerWith(addresses), OriginOf("http://none.test:1")),
              testing::AllOf(testing::StartsWith("connect_error: "),
                             testing::HasSubstr("resolve host")));
}

TEST_F(ConnectionOpenerTest, ManyWaitForOneLookUpAndMayBeGivenUp) {
  ScriptedServer server([](ScriptedServer::Connection& c) { c.AwaitEnd(); });
  auto go_on = std::make_shared<std::atomic<bool>>(false);
  HostAddresses addresses(clock_, [go_on](const std::string&) {
    while (!*go_on) std::this_thread::yield();
    return std::vector<std::string>{"127.0.0.1"};
  });
  const auto opener = OpenerWith(addresses);
  const Origin origin =
      OriginOf(absl::StrCat("http://one.test:", OriginOf(server.url()).port));
  int kept = 0;
  int given_up = 0;
  for (int i = 0; i < 10; ++i) {
    opener->Begin(origin, &kept, clock_.NowNs());
    opener->Cancel(opener->Begin(origin, &given_up, clock_.NowNs()));
  }
  const auto on_opened = [&](void* owner, int fd, Outcome, const char* error) {
    ASSERT_GE(fd, 0) << error;
    close(fd);
    ++*static_cast<int*>(owner);
  };
  opener->Turn(clock_.NowNs(), on_opened);
  EXPECT_EQ(kept, 0);
  EXPECT_LE(opener->due_ns(), clock_.NowNs() + 1'000'000);
  *go_on = true;
  const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
  while (kept < 10 && clock_.NowNs() < end_ns) {
    opener->Turn(clock_.NowNs(), on_opened);
    loop_->Wait(100'000, [&](int fd, uint32_t events) {
      opener->OnReady(fd, events, clock_.NowNs());
    });
  }
  EXPECT_EQ(kept, 10);
  EXPECT_EQ(given_up, 0);
}

TEST_F(ConnectionOpenerTest, AttemptsMayBeGivenUpOrLeftBehind) {
  ScriptedServer server([](ScriptedServer::Connection& c) { c.AwaitEnd(); });
  const auto opener = OpenerWith(addresses_);
  int owner = 0;
  const Origin origin = OriginOf(server.url());
  for (int i = 0; i < 3; ++i) {
    opener->Cancel(opener->Begin(origin, &owner, clock_.NowNs()));
  }
  opener->Turn(clock_.NowNs(),
               [](void*, int, Outcome, const char*) { FAIL(); });
  EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
  opener->Begin(origin, &owner, clock_.NowNs());
}

}  // namespace
}  // namespace invocator
