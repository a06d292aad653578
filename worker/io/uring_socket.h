// Socket whose bytes an io_uring receives and sends. Received bytes wait in the
// ring's buffers; sends of one turn are joined into one request.
//
// Threads: see worker/io/socket.h. Borrows the ring, which must outlive it.
#ifndef INVOCATOR_WORKER_IO_URING_SOCKET_H_
#define INVOCATOR_WORKER_IO_URING_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "worker/io/socket.h"
#include "worker/io/uring.h"

namespace invocator {

class UringSocket final : public Socket {
 public:
  // Takes over a connected socket, and begins to receive.
  UringSocket(Uring& ring, int fd);
  ~UringSocket() override;

  Result Receive(absl::Span<char> into) override;
  Result Send(absl::string_view front, absl::string_view rest) override;

  // Takes a completion. Returns true if the owner must be notified, and is not
  // about to be.
  bool OnReceived(const Uring::Completion& completion);
  bool OnSent(int32_t result);
  // Receives on, after it has stopped because no buffer was free.
  void ResumeReceive() { ring_.Receive(id_, fd_); }

  // Events for the owner since the last call, as epoll names them.
  uint32_t TakeEvents() { return std::exchange(events_, 0); }

 private:
  // A buffer's bytes that are not read yet.
  struct Piece {
    uint16_t buffer;
    uint32_t begin;
    uint32_t end;
  };

  bool Notify(uint32_t events) {
    return std::exchange(events_, events_ | events) == 0;
  }
  // The send is with the kernel.
  bool in_flight() const {
    return sends_ && queued_.submission != ring_.submissions();
  }

  Uring& ring_;
  const Uring::SocketId id_;
  uint32_t events_ = 0;
  std::vector<Piece> pieces_;
  size_t first_piece_ = 0;
  bool ended_ = false;  // nothing more will come
  bool sends_ = false;  // out_, from its beginning
  bool blocked_ = false;
  Uring::QueuedSend queued_;
  std::string out_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_URING_SOCKET_H_
