// An epoll loop: which sockets are ready, and a sleep of nanosecond precision.
//
// One owner thread calls everything; only Wake may be called from elsewhere.
// Owns its epoll and eventfd descriptors, not those it watches.
#ifndef INVOCATOR_WORKER_NET_EVENT_LOOP_H_
#define INVOCATOR_WORKER_NET_EVENT_LOOP_H_

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace invocator {

class EventLoop {
 public:
  using OnReady = absl::FunctionRef<void(int fd, uint32_t events)>;

  static absl::StatusOr<std::unique_ptr<EventLoop>> Create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Adds `fd`, or changes what it is watched for (EPOLLIN, EPOLLOUT).
  absl::Status Watch(int fd, uint32_t events);
  // Adds `fd`, for EPOLLET and the like. It is watched until it is closed.
  // REQUIRES: it is not watched yet.
  absl::Status Add(int fd, uint32_t events);
  // A descriptor that is not watched is let pass.
  void Unwatch(int fd);

  // Waits until something is ready, Wake is called or the time is over, then
  // calls `on_ready` for what is. 0: looks without sleeping; < 0: for ever.
  void Wait(int64_t timeout_ns, OnReady on_ready);

  // Ends a Wait, now or to come. Safe from any thread and signal handler.
  void Wake();

 private:
  EventLoop(int epoll_fd, int wake_fd)
      : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {}

  int Poll(int64_t timeout_ns);

  const int epoll_fd_;
  const int wake_fd_;
  bool has_pwait2_ = true;
  // No more in one turn, between two looks at the schedule: each may be an
  // answer, which takes some microseconds.
  std::array<epoll_event, 64> events_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_EVENT_LOOP_H_
