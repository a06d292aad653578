// Interface of a connected stream socket, driven by an event loop
// (worker/io/event_loop.h). Never blocks and never raises SIGPIPE.
//
// Belongs to the loop's thread. Owns its descriptor, and closes it. The loop
// must outlive it.
#ifndef INVOCATOR_WORKER_IO_SOCKET_H_
#define INVOCATOR_WORKER_IO_SOCKET_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace invocator {

class Socket {
 public:
  enum class State {
    kOk,
    kAgain,  // try again after the loop's next event for it
    kEnd,    // the peer has ended its data
    kFailed,
  };
  struct Result {
    State state;
    size_t bytes = 0;
  };

  virtual ~Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }

  virtual Result Receive(absl::Span<char> into) = 0;
  // True if the last Receive took all received bytes: only new ones make the
  // socket ready again.
  bool drained() const { return drained_; }

  // Sends as much of `front`, then `rest`, as there is room for; one may be
  // empty. The bytes need not stay valid. A failure may show only later, at a
  // Receive.
  virtual Result Send(absl::string_view front, absl::string_view rest) = 0;
  // Bytes that the kernel has taken, or may have taken.
  uint64_t sent_bytes() const { return sent_bytes_; }

  // errno that broke it; 0 if none did.
  int error() const { return error_; }

 protected:
  explicit Socket(int fd) : fd_(fd) {}

  const int fd_;
  bool drained_ = false;
  int error_ = 0;
  uint64_t sent_bytes_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_SOCKET_H_
