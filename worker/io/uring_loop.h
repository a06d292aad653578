// Event loop on io_uring: the kernel receives into buffers by itself, and takes
// all sends of a turn with the system call that waits.
//
// Threads: see worker/io/event_loop.h. Borrows the sockets that it made.
//
// A call costs no system call, no lock and no allocation of its own: a turn of
// the engine makes one system call for however many calls it sends and however
// many answers have come, and none while it spins and nothing has come.
#ifndef INVOCATOR_WORKER_IO_URING_LOOP_H_
#define INVOCATOR_WORKER_IO_URING_LOOP_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "worker/io/epoll_loop.h"
#include "worker/io/event_loop.h"
#include "worker/io/uring.h"

namespace invocator {

class UringLoop final : public EventLoop {
 public:
  // Errors as Uring::Create.
  static absl::StatusOr<std::unique_ptr<UringLoop>> Create();

  IoMode mode() const override { return IoMode::kUring; }
  absl::StatusOr<std::unique_ptr<Socket>> Adopt(int fd) override;
  absl::Status Watch(int fd, uint32_t events) override {
    return others_->Watch(fd, events);
  }
  void Unwatch(int fd) override { others_->Unwatch(fd); }
  void Wait(int64_t timeout_ns, OnReady on_ready) override;
  void Wake() override { others_->Wake(); }

  // System calls so far to submit and wait, at most.
  uint64_t enters() const { return ring_->enters(); }

 private:
  UringLoop(std::unique_ptr<EpollLoop> others, std::unique_ptr<Uring> ring)
      : others_(std::move(others)), ring_(std::move(ring)) {
    ready_.reserve(kReadyPerTurn);
  }

  // Gives completions to their sockets, and gathers those whose owner is to be
  // told.
  void Distribute();
  void Receive(const Uring::Completion& completion);

  // Watches what is not ours: libcurl's sockets, and Wake. The ring watches it.
  const std::unique_ptr<EpollLoop> others_;
  const std::unique_ptr<Uring> ring_;
  bool watches_others_ = false;
  bool others_ready_ = false;
  std::vector<Uring::SocketId> ready_;
  // Stopped receiving because no buffer was free; the first has waited longest.
  std::deque<Uring::SocketId> starved_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_URING_LOOP_H_
