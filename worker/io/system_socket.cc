#include "worker/io/system_socket.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace invocator {
namespace {

// libc's recv and send are points at which a thread may be cancelled, and pay
// for it with four atomic operations a call, 2 % of what a call costs. No
// thread of ours is ever cancelled.
ssize_t RawReceive(int fd, absl::Span<char> into) {
  return syscall(SYS_recvfrom, fd, into.data(), into.size(), 0, nullptr,
                 nullptr);
}

ssize_t RawSend(int fd, absl::string_view bytes) {
  return syscall(SYS_sendto, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL,
                 nullptr, 0);
}

iovec Piece(absl::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

ssize_t SendBoth(int fd, absl::string_view front, absl::string_view rest) {
  iovec pieces[] = {Piece(front), Piece(rest)};
  msghdr message = {};
  message.msg_iov = pieces;
  message.msg_iovlen = std::size(pieces);
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

SystemSocket::~SystemSocket() { close(fd_); }

Socket::Result SystemSocket::Blocked() {
  if (errno == EAGAIN || errno == EINTR) return {State::kAgain};
  error_ = errno;
  return {State::kFailed};
}

Socket::Result SystemSocket::Receive(absl::Span<char> into) {
  const ssize_t n = RawReceive(fd_, into);
  drained_ = n != 0 && n < static_cast<ssize_t>(into.size());
  if (n > 0) return {State::kOk, static_cast<size_t>(n)};
  if (n == 0) return {State::kEnd};
  return Blocked();
}

Socket::Result SystemSocket::Send(absl::string_view front,
                                  absl::string_view rest) {
  const absl::string_view one = front.empty() ? rest : front;
  const ssize_t n = front.empty() || rest.empty() ? RawSend(fd_, one)
                                                  : SendBoth(fd_, front, rest);
  if (n < 0) return Blocked();
  sent_bytes_ += static_cast<uint64_t>(n);
  return {State::kOk, static_cast<size_t>(n)};
}

}  // namespace invocator
