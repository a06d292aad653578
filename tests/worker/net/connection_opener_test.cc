#include "worker/net/connection_opener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "tests/support/look_ups.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"
#include "worker/io/epoll_loop.h"

namespace invocator {
namespace {

constexpr int64_t kDeadlineNs = 10'000'000'000;

std::string PeerOf(int fd) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
  if (peer.sin_family == AF_UNIX) return "unix";
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));
  return text;
}

// Open in this process.
ptrdiff_t CountDescriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

class ConnectionOpenerTest : public testing::Test {
 protected:
  ConnectionOpenerTest() : loop_(*EpollLoop::Create()) {}

  std::unique_ptr<ConnectionOpener> OpenerWith(
      HostAddresses& addresses, const std::string& unix_socket = "") {
    return *ConnectionOpener::Create(*loop_, AddressTurns(addresses, 0),
                                     unix_socket);
  }

  // Opens one connection: the peer's address, or what went wrong.
  std::string Open(ConnectionOpener& opener, const Origin& origin) {
    std::string result;
    int owner = 0;
    opener.Begin(origin, &owner, clock_.NowNs());
    const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
    while (result.empty() && clock_.NowNs() < end_ns) {
      opener.Turn(clock_.NowNs(), [&](void* its_owner, int fd,
                                      const TransportFailure& failure) {
        EXPECT_EQ(its_owner, &owner);
        result = fd >= 0 ? PeerOf(fd)
                         : absl::StrCat(ReasonName(failure.reason), ": ",
                                        failure.detail);
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
  addresses.Await({"two.test"}, kDeadlineNs, Never);
  const auto opener = OpenerWith(addresses);
  const Origin origin = OriginOf(absl::StrCat("http://two.test:", local.port));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
    EXPECT_EQ(Open(*opener, origin), "127.0.0.2");
  }
  // What is opened in between has its own.
  EXPECT_EQ(Open(*opener, local), "127.0.0.1");
  // One that does not answer is passed over.
  close(other);
  EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
  EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
}

TEST_F(ConnectionOpenerTest, ARefusalIsTold) {
  const auto opener = OpenerWith(addresses_);
  EXPECT_THAT(Open(*opener, OriginOf(RefusingUrl())),
              testing::AllOf(testing::StartsWith("connection_refused: "),
                             testing::EndsWith(": Connection refused")));
}

TEST_F(ConnectionOpenerTest, ANameWithoutAddressesIsAFailure) {
  HostAddresses addresses(clock_, Always({}));
  EXPECT_THAT(Open(*OpenerWith(addresses), OriginOf("http://none.test:1")),
              "host_not_found: no address found for none.test");
}

// The target's name is the proxy's to look up, the proxy's is ours.
TEST_F(ConnectionOpenerTest, WhatKeepsAProxyFromConnectingIsToldOfIt) {
  const std::string refusing = RefusingUrl();
  const auto opener = OpenerWith(addresses_);
  const auto met = [&](const std::string& proxy) {
    setenv("https_proxy", proxy.c_str(), 1);
    const Origin origin = ProxiedOriginOf("https://none.test:1");
    std::string words = Open(*opener, origin);
    unsetenv("https_proxy");
    return words;
  };
  EXPECT_EQ(met("http://user:secret@nosuch.test:3128"),
            "proxy_failed: no address found for the proxy nosuch.test:3128");
  const uint16_t port = OriginOf(refusing).port;
  EXPECT_EQ(met(refusing),
            absl::StrCat("proxy_failed: connecting to the proxy 127.0.0.1:",
                         port, ": Connection refused"));
  const ScriptedServer silent([](ScriptedServer::Connection&) {});
  EXPECT_THAT(met(silent.url()),
              testing::StartsWith(absl::StrCat(
                  "proxy_failed: waiting for the proxy 127.0.0.1:",
                  OriginOf(silent.url()).port, " to answer CONNECT: ")));
  const ScriptedServer refuses([](ScriptedServer::Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(met(refuses.url()),
            "proxy_refused: the proxy answered CONNECT with 502");
}

TEST_F(ConnectionOpenerTest, TheNameOfAProxyIsLookedUpBesideLibcurl) {
  ScriptedServer proxy([](ScriptedServer::Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\n\r\n");
    c.AwaitEnd();
  });
  HostAddresses addresses(clock_, Always({"127.0.0.1"}));
  addresses.Await({"proxy.test"}, kDeadlineNs, Never);
  const uint16_t port = OriginOf(proxy.url()).port;
  setenv("https_proxy", absl::StrCat("proxy.test:", port).c_str(), 1);
  const Origin origin = ProxiedOriginOf("https://none.test:1");
  EXPECT_EQ(NameToLookUp(origin), "proxy.test");
  EXPECT_EQ(Open(*OpenerWith(addresses), origin), "127.0.0.1");
  unsetenv("https_proxy");
}

TEST_F(ConnectionOpenerTest, TheStepThatAnAttemptIsAtIsTold) {
  const ScriptedServer silent(
      [](ScriptedServer::Connection& c) { c.AwaitEnd(); });
  const auto opener = OpenerWith(addresses_);
  setenv("https_proxy", silent.url().c_str(), 1);
  const Origin origin = ProxiedOriginOf("https://none.test:1");
  int owner = 0;
  ConnectionOpener::Attempt* const attempt =
      opener->Begin(origin, &owner, clock_.NowNs());
  unsetenv("https_proxy");
  const std::string wanted = absl::StrCat(
      "still waiting for the proxy 127.0.0.1:", OriginOf(silent.url()).port,
      " to answer CONNECT");
  const int64_t end_ns = clock_.NowNs() + kDeadlineNs;
  while (opener->WhyLate(*attempt).detail != wanted &&
         clock_.NowNs() < end_ns) {
    loop_->Wait(1'000'000, [&](int fd, uint32_t events) {
      opener->OnReady(fd, events, clock_.NowNs());
    });
    opener->Turn(clock_.NowNs(),
                 [](void*, int, const TransportFailure&) { FAIL(); });
  }
  EXPECT_EQ(opener->WhyLate(*attempt).detail, wanted);
  EXPECT_EQ(opener->WhyLate(*attempt).reason, Reason::kConnectTimeout);
  opener->Cancel(attempt);
}

TEST_F(ConnectionOpenerTest, WhatHasNowhereToGoMayBeGivenUp) {
  HostAddresses addresses(clock_, Always({}));
  const auto opener = OpenerWith(addresses);
  const Origin origin = OriginOf("http://none.test:1");
  int kept = 0;
  int given_up = 0;
  for (int i = 0; i < 10; ++i) {
    opener->Begin(origin, &kept, clock_.NowNs());
    opener->Cancel(opener->Begin(origin, &given_up, clock_.NowNs()));
  }
  EXPECT_TRUE(opener->has_work());
  opener->Turn(clock_.NowNs(),
               [](void* owner, int fd, const TransportFailure&) {
                 EXPECT_EQ(fd, -1);
                 ++*static_cast<int*>(owner);
               });
  EXPECT_EQ(kept, 10);
  EXPECT_EQ(given_up, 0);
  opener->Begin(origin, &kept, clock_.NowNs());  // left behind
}

// Of unix sockets, whatever the origin: what can be known is known at once.
TEST_F(ConnectionOpenerTest, AUnixSocketIsConnectedToOrNot) {
  const TempDir folder;
  const std::string path = folder.Path("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)),
            0);
  auto opener = OpenerWith(addresses_, path);
  const Origin origin = OriginOf("https://none.test");
  EXPECT_EQ(Open(*opener, origin),
            "connection_refused: " + path + ": Connection refused");
  ASSERT_EQ(listen(listener, 0), 0);
  // One finds room in the backlog.
  EXPECT_EQ(Open(*opener, origin), "unix");
  EXPECT_EQ(Open(*opener, origin),
            "connection_refused: " + path + ": its backlog is full");
  close(accept(listener, nullptr, nullptr));
  // Connections that are given up, or left behind, are closed.
  int owner = 0;
  opener->Cancel(opener->Begin(origin, &owner, clock_.NowNs()));
  for (const bool left_behind : {false, true}) {
    if (left_behind) {
      opener->Begin(origin, &owner, clock_.NowNs());
      opener.reset();
    }
    const int accepted = accept(listener, nullptr, nullptr);
    char byte;
    EXPECT_EQ(recv(accepted, &byte, 1, MSG_DONTWAIT), 0) << left_behind;
    close(accepted);
  }
  close(listener);
}

// A refused one has the number of one that was opened before.
TEST_F(ConnectionOpenerTest, WhatWasRefusedLeavesNoDescriptorOpen) {
  // Never accepted: of a connection there is but our end.
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(
      bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
      0);
  ASSERT_EQ(listen(listener, 8), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const auto opener = OpenerWith(addresses_);
  const ptrdiff_t before = CountDescriptors();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Open(*opener, OriginOf(absl::StrCat("http://127.0.0.1:",
                                                  ntohs(address.sin_port)))),
              "127.0.0.1");
    EXPECT_THAT(Open(*opener, OriginOf(RefusingUrl())),
                testing::StartsWith("connection_refused"));
  }
  EXPECT_EQ(CountDescriptors(), before);
  close(listener);
}

TEST_F(ConnectionOpenerTest, AddressesAreNotLookedUp) {
  HostAddresses addresses(clock_, Always({}));
  ScriptedServer server([](ScriptedServer::Connection& c) { c.AwaitEnd(); });
  const auto opener = OpenerWith(addresses);
  const uint16_t port = OriginOf(server.url()).port;
  EXPECT_EQ(Open(*opener, OriginOf(absl::StrCat("http://127.0.0.1:", port))),
            "127.0.0.1");
  // The same host, as an IPv6 address: refused or taken, but not unknown.
  EXPECT_THAT(
      Open(*opener, OriginOf(absl::StrCat("http://[::ffff:127.0.0.1]:", port))),
      testing::Not(testing::HasSubstr("found")));
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
               [](void*, int, const TransportFailure&) { FAIL(); });
  EXPECT_EQ(Open(*opener, origin), "127.0.0.1");
  opener->Begin(origin, &owner, clock_.NowNs());
}

}  // namespace
}  // namespace invocator
