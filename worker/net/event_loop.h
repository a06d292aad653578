// An epoll loop: reports ready sockets and sleeps with nanosecond precision.
//
// One owner thread calls everything but Wake, which is safe from any thread.
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

  // Adds `fd`, or changes its events (EPOLLIN, EPOLLOUT).
  absl::Status Watch(int fd, uint32_t events);
  // Adds `fd`, for EPOLLET and the like. Watches it until it is closed.
  // REQUIRES: it is not watched yet.
  absl::Status Add(int fd, uint32_t events);
  // Ignores a descriptor that is not watched.
  void Unwatch(int fd);

  // Waits until a descriptor is ready, Wake is called or the timeout ends, then
  // calls `on_ready` for ready descriptors. Timeout 0: polls; < 0: waits for
  // ever.
  void Wait(int64_t timeout_ns, OnReady on_ready);

  // Ends the current Wait, or else the next. Safe from any thread and signal
  // handler.
  void Wake();

 private:
  EventLoop(int epoll_fd, int wake_fd)
      : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {}

  int Poll(int64_t timeout_ns);

  const int epoll_fd_;
  const int wake_fd_;
  bool has_pwait2_ = true;
  // Limit per turn, between two looks at the schedule: each event may be an
  // answer, which takes some microseconds.
  std::array<epoll_event, 64> events_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_EVENT_LOOP_H_
