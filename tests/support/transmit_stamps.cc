#include "tests/support/transmit_stamps.h"

#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"

namespace invocator {
namespace {

constexpr int kMostDescriptors = 1024;

// The socket whose other end has that port; -1 if there is none.
int FindSocketTo(uint16_t port) {
  for (int fd = 0; fd < kMostDescriptors; ++fd) {
    sockaddr_in peer = {};
    socklen_t size = sizeof(peer);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
        peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) {
      return fd;
    }
  }
  return -1;
}

int64_t WallNs() {
  timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

std::optional<TransmitStamps> TransmitStamps::Watch(absl::string_view url) {
  uint32_t port = 0;
  if (!absl::SimpleAtoi(url.substr(url.rfind(':') + 1), &port)) {
    return std::nullopt;
  }
  const int found = FindSocketTo(static_cast<uint16_t>(port));
  if (found < 0) return std::nullopt;
  const int flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                    SOF_TIMESTAMPING_OPT_TSONLY;
  if (setsockopt(found, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) !=
      0) {
    return std::nullopt;
  }
  return TransmitStamps(fcntl(found, F_DUPFD_CLOEXEC, kMostDescriptors));
}

TransmitStamps::TransmitStamps(TransmitStamps&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

TransmitStamps::~TransmitStamps() {
  if (fd_ >= 0) close(fd_);
}

std::optional<TransmitStamps::Between> TransmitStamps::Take(
    const RunClock& clock) {
  alignas(cmsghdr) char control[512];
  msghdr message = {};
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (recvmsg(fd_, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
    return std::nullopt;
  }
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING) {
      continue;
    }
    timespec stamps[3];  // in software, none, in hardware
    std::memcpy(stamps, CMSG_DATA(part), sizeof(stamps));
    const int64_t stamp_wall_ns =
        int64_t{stamps[0].tv_sec} * 1'000'000'000 + stamps[0].tv_nsec;
    // The kernel stamps with the wall clock.
    const int64_t before_ns = clock.NowNs();
    const int64_t ago_ns = WallNs() - stamp_wall_ns;
    const int64_t after_ns = clock.NowNs();
    return Between{before_ns - ago_ns, after_ns - ago_ns};
  }
  return std::nullopt;
}

}  // namespace invocator
