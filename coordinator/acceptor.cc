#include "coordinator/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "spdlog/spdlog.h"

namespace invocator {
namespace {

// Time between two checks for room.
constexpr int kPauseMs = 50;

}  // namespace

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Start(
    ListeningSockets sockets, const FleetLimits& limits, Peers peers) {
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) return absl::ErrnoToStatus(errno, "cannot create an event");
  return std::unique_ptr<Acceptor>(
      new Acceptor(std::move(sockets), limits, std::move(peers), wake_fd));
}

Acceptor::Acceptor(ListeningSockets sockets, const FleetLimits& limits,
                   Peers peers, int wake_fd)
    : sockets_(std::move(sockets)),
      limits_(limits),
      peers_(std::move(peers)),
      wake_fd_(wake_fd),
      thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "acceptor");
}

Acceptor::~Acceptor() {
  eventfd_write(wake_fd_, 1);
  thread_.join();
  close(wake_fd_);
}

void Acceptor::Run() {
  std::vector<pollfd> ready = {{wake_fd_, POLLIN, 0}};
  for (const int fd : sockets_.fds()) ready.push_back({fd, POLLIN, 0});
  bool has_room = true;
  while (true) {
    // Without room, wait for the wake-up only.
    const nfds_t count = has_room ? ready.size() : 1;
    const int found = poll(ready.data(), count, has_room ? -1 : kPauseMs);
    if (found < 0 && errno != EINTR) has_room = false;  // no memory
    if (found > 0 && ready[0].revents != 0) return;
    if (!has_room) {
      has_room = HasRoom();
      continue;
    }
    for (size_t i = 1; found > 0 && i < ready.size(); ++i) {
      if (ready[i].revents != 0 && !AcceptFrom(ready[i].fd)) has_room = false;
    }
  }
}

bool Acceptor::HasRoom() {
  const auto fits = [this](size_t open) {
    return open < limits_.connections &&
           (open < limits_.strangers ||
            open < limits_.strangers + peers_.greeted());
  };
  return fits(connections_.AtMost()) || fits(connections_.Count());
}

bool Acceptor::AcceptFrom(int listener) {
  while (HasRoom()) {
    const int fd =
        accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      connections_.Add(fd);
      peers_.take(listener, fd);
      continue;
    }
    switch (errno) {
      case EAGAIN:
        return true;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        if (!std::exchange(told_, true)) {
          const absl::Status reason =
              absl::ErrnoToStatus(errno, "cannot accept more workers for now");
          spdlog::warn("{}", std::string(reason.message()));
        }
        return false;
      default:  // the connection's own, as ECONNABORTED
        continue;
    }
  }
  if (!std::exchange(told_, true)) {
    spdlog::warn("{} connections are open, {} of them workers: new ones wait",
                 connections_.AtMost(), peers_.greeted());
  }
  return false;
}

}  // namespace invocator
