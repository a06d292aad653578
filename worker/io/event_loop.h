// Interface of an engine's event loop: drives sockets and sleeps with
// nanosecond precision. Implementations: epoll, and io_uring where the kernel
// allows it.
//
// One owner thread calls everything but Wake, which is safe from any thread:
// the thread of the first Wait.
#ifndef INVOCATOR_WORKER_IO_EVENT_LOOP_H_
#define INVOCATOR_WORKER_IO_EVENT_LOOP_H_

#include <sys/epoll.h>

#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/io_mode.h"
#include "worker/io/socket.h"

namespace invocator {

class EventLoop {
 public:
  // `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP and EPOLLERR, whatever
  // the implementation.
  using OnReady = absl::FunctionRef<void(int fd, uint32_t events)>;

  virtual ~EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  virtual IoMode mode() const = 0;

  // Takes over a connected, non-blocking socket and reports its events, each
  // once: bytes or an end have come, or there is room again after a Send that
  // returned kAgain. Closes the socket on failure.
  virtual absl::StatusOr<std::unique_ptr<Socket>> Adopt(int fd) = 0;

  // Reports a descriptor of somebody else while it is ready: adds `fd`, or
  // changes its events (EPOLLIN, EPOLLOUT).
  virtual absl::Status Watch(int fd, uint32_t events) = 0;
  // Ignores a descriptor that is not watched.
  virtual void Unwatch(int fd) = 0;

  // Waits until a descriptor is ready, Wake is called or the timeout ends, then
  // calls `on_ready`, which may close any socket, for ready descriptors.
  // Timeout 0: polls; < 0: waits for ever. A signal may end it early.
  virtual void Wait(int64_t timeout_ns, OnReady on_ready) = 0;

  // Ends the current Wait, or else the next. Safe from any thread and signal
  // handler.
  virtual void Wake() = 0;

 protected:
  EventLoop() = default;

  // Limit on ready descriptors per turn, between two looks at the schedule:
  // each may have an answer, which takes a microsecond or more.
  static constexpr int kReadyPerTurn = 64;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_EVENT_LOOP_H_
