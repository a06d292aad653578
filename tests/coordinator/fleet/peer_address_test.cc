#include "coordinator/fleet/peer_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace invocator {
namespace {

TEST(PeerAddressTest, GrpcsSpellingsAreRead) {
  EXPECT_EQ(PeerOf("ipv4:10.0.0.1:5000"), "10.0.0.1:5000");
  EXPECT_EQ(PeerOf("ipv6:%5B2001:db8::1%5D:5000"), "[2001:db8::1]:5000");
  EXPECT_EQ(PeerOf("ipv6:[2001:db8::1]:5000"), "[2001:db8::1]:5000");
  EXPECT_EQ(PeerOf("ipv6:%5B::ffff:10.0.0.1%5D:5000"), "10.0.0.1:5000");
  EXPECT_EQ(PeerOf("ipv6:%5Bfe80::1%252%5D:5000"), "[fe80::1]:5000");
  EXPECT_EQ(PeerOf("ipv6:[fe80::1%eth0]:5000"), "[fe80::1]:5000");
}

TEST(PeerAddressTest, WhatIsNoAddressIsEmpty) {
  for (const char* peer : {"", "inproc", "unix:/a:1", "ipv4:", "ipv4:10.0.0.1",
                           "ipv4:10.0.0.1:", "ipv4:name:1", "ipv6:%5B%5D:1"}) {
    EXPECT_EQ(PeerOf(absl::string_view(peer)), "") << peer;
  }
}

// The address of a connection to a socket that listens at `host`, as the side
// that accepts it sees it; and as the other side calls itself.
void CheckAccepted(int family, const sockaddr* host, socklen_t size,
                   const std::string& spelled) {
  const int listener = socket(family, SOCK_STREAM, 0);
  ASSERT_EQ(bind(listener, host, size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  sockaddr_storage at = {};
  socklen_t at_size = sizeof(at);
  auto* const any = reinterpret_cast<sockaddr*>(&at);
  getsockname(listener, any, &at_size);
  const int client = socket(family, SOCK_STREAM, 0);
  ASSERT_EQ(connect(client, any, at_size), 0);
  const int accepted = accept(listener, nullptr, nullptr);
  getsockname(client, any, &at_size);
  const uint16_t port = ntohs(reinterpret_cast<sockaddr_in*>(&at)->sin_port);
  EXPECT_EQ(PeerOf(accepted), spelled + ":" + std::to_string(port));
  for (const int fd : {listener, client, accepted}) close(fd);
}

TEST(PeerAddressTest, ASocketsPeerIsSpelledTheSameWay) {
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CheckAccepted(AF_INET, reinterpret_cast<sockaddr*>(&v4), sizeof(v4),
                "127.0.0.1");
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  CheckAccepted(AF_INET6, reinterpret_cast<sockaddr*>(&v6), sizeof(v6),
                "[::1]");
}

TEST(PeerAddressTest, ASocketWithoutAPeerHasNoAddress) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(PeerOf(fd), "");
  close(fd);
}

}  // namespace
}  // namespace invocator
