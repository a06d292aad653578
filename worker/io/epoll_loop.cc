#include "worker/io/epoll_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "worker/io/system_socket.h"

namespace invocator {
namespace {

// Edge-triggered, for all events: one epoll_ctl for the life of a connection.
// With level triggering, the epoll_wait after each answer would check it once
// more.
constexpr uint32_t kOfSocket = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

}  // namespace

absl::StatusOr<std::unique_ptr<EpollLoop>> EpollLoop::Create() {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) return absl::ErrnoToStatus(errno, "epoll_create1");
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) {
    const int error = errno;
    close(epoll_fd);
    return absl::ErrnoToStatus(error, "eventfd");
  }
  std::unique_ptr<EpollLoop> loop(new EpollLoop(epoll_fd, wake_fd));
  if (absl::Status status = loop->Watch(wake_fd, EPOLLIN); !status.ok()) {
    return status;
  }
  return loop;
}

EpollLoop::~EpollLoop() {
  close(wake_fd_);
  close(epoll_fd_);
}

absl::Status EpollLoop::Watch(int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) == 0) {
    return absl::OkStatus();
  }
  if (errno == ENOENT && epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, "epoll_ctl");
}

absl::StatusOr<std::unique_ptr<Socket>> EpollLoop::Adopt(int fd) {
  std::unique_ptr<Socket> socket = std::make_unique<SystemSocket>(fd);
  epoll_event event{};
  event.events = kOfSocket;
  event.data.fd = fd;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0) return socket;
  return absl::ErrnoToStatus(errno, "epoll_ctl");
}

void EpollLoop::Unwatch(int fd) {
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
}

int EpollLoop::Poll(int64_t timeout_ns) {
  const int capacity = static_cast<int>(events_.size());
  if (has_pwait2_) {
    const timespec timeout = {static_cast<time_t>(timeout_ns / 1'000'000'000),
                              static_cast<long>(timeout_ns % 1'000'000'000)};
    const int ready = epoll_pwait2(epoll_fd_, events_.data(), capacity,
                                   timeout_ns < 0 ? nullptr : &timeout,
                                   /*sigmask=*/nullptr);
    if (ready >= 0 || (errno != ENOSYS && errno != EPERM)) return ready;
    has_pwait2_ = false;  // a kernel, or a container's filter, before 5.11
  }
  // Milliseconds, rounded down: too early is a turn more, too late is lateness.
  const int64_t timeout_ms =
      timeout_ns < 0 ? -1 : std::min<int64_t>(timeout_ns / 1'000'000, 60'000);
  return epoll_wait(epoll_fd_, events_.data(), capacity,
                    static_cast<int>(timeout_ms));
}

void EpollLoop::Wait(int64_t timeout_ns, OnReady on_ready) {
  const int ready = Poll(timeout_ns);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events_[static_cast<size_t>(i)];
    if (event.data.fd == wake_fd_) {
      uint64_t count;
      [[maybe_unused]] ssize_t n = read(wake_fd_, &count, sizeof(count));
      continue;
    }
    on_ready(event.data.fd, event.events);
  }
}

void EpollLoop::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] ssize_t n = write(wake_fd_, &one, sizeof(one));
}

}  // namespace invocator
