// Event loop on epoll: works on every kernel.
//
// Threads: see worker/io/event_loop.h. Owns its epoll and eventfd descriptors,
// not those it watches.
//
// A call costs a recv, a send and its part of an epoll_wait.
#ifndef INVOCATOR_WORKER_IO_EPOLL_LOOP_H_
#define INVOCATOR_WORKER_IO_EPOLL_LOOP_H_

#include <array>
#include <cstdint>
#include <memory>

#include "worker/io/event_loop.h"

namespace invocator {

class EpollLoop final : public EventLoop {
 public:
  static absl::StatusOr<std::unique_ptr<EpollLoop>> Create();
  ~EpollLoop() override;

  IoMode mode() const override { return IoMode::kEpoll; }
  absl::StatusOr<std::unique_ptr<Socket>> Adopt(int fd) override;
  absl::Status Watch(int fd, uint32_t events) override;
  void Unwatch(int fd) override;
  void Wait(int64_t timeout_ns, OnReady on_ready) override;
  void Wake() override;

  // Readable while anything watched is ready.
  int fd() const { return epoll_fd_; }

 private:
  EpollLoop(int epoll_fd, int wake_fd)
      : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {}

  int Poll(int64_t timeout_ns);

  const int epoll_fd_;
  const int wake_fd_;
  bool has_pwait2_ = true;
  std::array<epoll_event, kReadyPerTurn> events_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_EPOLL_LOOP_H_
