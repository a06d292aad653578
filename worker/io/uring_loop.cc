#include "worker/io/uring_loop.h"

#include <fcntl.h>

#include <cerrno>

#include "worker/io/uring_socket.h"

namespace invocator {

absl::StatusOr<std::unique_ptr<UringLoop>> UringLoop::Create() {
  absl::StatusOr<std::unique_ptr<Uring>> ring = Uring::Create();
  if (!ring.ok()) return ring.status();
  absl::StatusOr<std::unique_ptr<EpollLoop>> others = EpollLoop::Create();
  if (!others.ok()) return others.status();
  return std::unique_ptr<UringLoop>(
      new UringLoop(*std::move(others), *std::move(ring)));
}

absl::StatusOr<std::unique_ptr<Socket>> UringLoop::Adopt(int fd) {
  // Else some kernels complete a request with EAGAIN instead of waiting.
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return std::make_unique<UringSocket>(*ring_, fd);
}

void UringLoop::Receive(const Uring::Completion& completion) {
  UringSocket* const socket = ring_->Find(completion.socket);
  if (socket == nullptr) {
    // Came while it was closed.
    if (completion.has_buffer) ring_->buffers().Return(completion.buffer);
    return;
  }
  if (completion.result == -ENOBUFS) {
    starved_.push_back(completion.socket);
    return;
  }
  if (socket->OnReceived(completion)) ready_.push_back(completion.socket);
}

void UringLoop::Distribute() {
  Uring::Completion completion;
  while (ready_.size() < kReadyPerTurn && ring_->Take(completion)) {
    switch (completion.operation) {
      case Uring::Operation::kReceive:
        Receive(completion);
        break;
      case Uring::Operation::kSend: {
        UringSocket* const socket = ring_->Find(completion.socket);
        if (socket != nullptr && socket->OnSent(completion.result)) {
          ready_.push_back(completion.socket);
        }
        break;
      }
      case Uring::Operation::kPoll:
        watches_others_ = false;
        others_ready_ = true;
        break;
      case Uring::Operation::kCancel:
        break;  // it had ended by itself
    }
  }
}

void UringLoop::Wait(int64_t timeout_ns, OnReady on_ready) {
  if (!watches_others_) {
    watches_others_ = true;
    ring_->PollIn(others_->fd());
  }
  // Not more than may get a buffer: each of the others would be a completion
  // for nothing.
  for (size_t left = ring_->buffers().left(); left > 0 && !starved_.empty();) {
    UringSocket* const socket = ring_->Find(starved_.front());
    starved_.pop_front();
    if (socket == nullptr) continue;
    socket->ResumeReceive();
    --left;
  }
  ring_->Wait(timeout_ns);
  Distribute();
  for (const Uring::SocketId id : ready_) {
    // A socket that was ready may have been closed meanwhile.
    if (UringSocket* const socket = ring_->Find(id)) {
      on_ready(socket->fd(), socket->TakeEvents());
    }
  }
  ready_.clear();
  if (std::exchange(others_ready_, false)) others_->Wait(0, on_ready);
}

}  // namespace invocator
