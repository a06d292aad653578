#include "common/process/stop_at_eof.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

namespace invocator {
namespace {

// True if there may be more.
bool AwaitMore(int fd) {
  pollfd readable{fd, POLLIN, 0};
  if (poll(&readable, 1, -1) < 0) return errno == EINTR;
  std::array<char, 4096> thrown_away;
  const ssize_t got = read(fd, thrown_away.data(), thrown_away.size());
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

void StopAtEof(int fd) {
  std::thread([fd] {
    while (AwaitMore(fd)) {
    }
    kill(getpid(), SIGTERM);
  }).detach();
}

}  // namespace invocator
