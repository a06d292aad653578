#include "coordinator/fleet/listening_sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/http/address.h"

namespace invocator {
namespace {

using AddressList = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

absl::StatusOr<AddressList> Resolve(const std::string& host, uint16_t port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error == 0) return AddressList(found, freeaddrinfo);
  return absl::UnavailableError(gai_strerror(error));
}

// A socket that listens, or -1 and errno.
int Listen(const addrinfo& address, bool only_v6) {
  const int fd =
      socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  const int off = 0;
  // So that connections of a coordinator that has ended do not hold the port.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.ai_family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, only_v6 ? &on : &off, sizeof(on));
  }
  if (bind(fd, address.ai_addr, address.ai_addrlen) == 0 &&
      listen(fd, SOMAXCONN) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

// The machine lacks this address or family; others may do.
bool IsAbsent(int error) {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

}  // namespace

absl::StatusOr<ListeningSockets> ListeningSockets::Open(
    const std::string& address) {
  const auto fail = [&address](absl::string_view reason) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": ", reason));
  };
  const absl::StatusOr<Address> parsed = ParseAddress(address);
  if (!parsed.ok()) return parsed.status();
  // A socket of IPv6 for all addresses takes those of IPv4, too.
  const bool is_wildcard = parsed->host == "0.0.0.0" || parsed->host == "::";
  std::vector<std::string> hosts = {parsed->host};
  if (is_wildcard) hosts = {"::", "0.0.0.0"};
  ListeningSockets sockets;
  int absent = EADDRNOTAVAIL;
  for (const std::string& host : hosts) {
    const auto list = Resolve(host, parsed->port);
    if (!list.ok()) return fail(list.status().message());
    for (const addrinfo* one = list->get(); one != nullptr;
         one = one->ai_next) {
      const int fd = Listen(*one, /*only_v6=*/!is_wildcard);
      if (fd >= 0) {
        sockets.fds_.push_back(fd);
      } else if (IsAbsent(errno)) {
        absent = errno;
      } else {
        return fail(std::generic_category().message(errno));
      }
    }
    if (is_wildcard && !sockets.fds_.empty()) break;
  }
  if (sockets.fds_.empty()) {
    return fail(std::generic_category().message(absent));
  }
  return sockets;
}

ListeningSockets::~ListeningSockets() {
  for (const int fd : fds_) close(fd);
}

}  // namespace invocator
