// Socket that receives and sends with one system call each.
//
// Threads, ownership: see worker/io/socket.h.
#ifndef INVOCATOR_WORKER_IO_SYSTEM_SOCKET_H_
#define INVOCATOR_WORKER_IO_SYSTEM_SOCKET_H_

#include "worker/io/socket.h"

namespace invocator {

class SystemSocket final : public Socket {
 public:
  // Takes over a connected, non-blocking socket.
  explicit SystemSocket(int fd) : Socket(fd) {}
  ~SystemSocket() override;

  Result Receive(absl::Span<char> into) override;
  Result Send(absl::string_view front, absl::string_view rest) override;

 private:
  // The result of a failed system call.
  Result Blocked();
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_SYSTEM_SOCKET_H_
