#include "coordinator/fleet/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace invocator {
namespace {

std::string Spell(const in_addr& host, uint32_t port) {
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &host, text, sizeof(text));
  return absl::StrCat(text, ":", port);
}

std::string Spell(const in6_addr& host, uint32_t port) {
  if (IN6_IS_ADDR_V4MAPPED(&host)) {
    in_addr v4;
    static_assert(sizeof(v4) == 4);
    __builtin_memcpy(&v4, host.s6_addr + 12, sizeof(v4));
    return Spell(v4, port);
  }
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &host, text, sizeof(text));
  return absl::StrCat("[", text, "]:", port);
}

}  // namespace

std::string PeerOf(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (getpeername(fd, any, &size) != 0) return "";
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    return Spell(v4->sin_addr, ntohs(v4->sin_port));
  }
  if (address.ss_family != AF_INET6) return "";
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
  return Spell(v6->sin6_addr, ntohs(v6->sin6_port));
}

std::string PeerOf(absl::string_view grpc_peer) {
  const bool is_v6 = absl::ConsumePrefix(&grpc_peer, "ipv6:");
  if (!is_v6 && !absl::ConsumePrefix(&grpc_peer, "ipv4:")) return "";
  const size_t colon = grpc_peer.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(grpc_peer.substr(colon + 1), &port)) {
    return "";
  }
  absl::string_view host = grpc_peer.substr(0, colon);
  if (!absl::ConsumePrefix(&host, "%5B")) absl::ConsumePrefix(&host, "[");
  if (!absl::ConsumeSuffix(&host, "%5D")) absl::ConsumeSuffix(&host, "]");
  const std::string address(host.substr(0, host.find('%')));
  in_addr v4;
  in6_addr v6;
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return Spell(v4, port);
  if (inet_pton(AF_INET6, address.c_str(), &v6) == 1) return Spell(v6, port);
  return "";
}

}  // namespace invocator
