#include "coordinator/fleet/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/process/log.h"
#include "common/process/output.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

// Time between two checks for room.
constexpr int kPauseMs = 50;
// Time between two checks for late strangers.
constexpr int kLookMs = 500;
// A stream without Hello ends at kHelloDeadline, with a status. The second
// gives that status time to arrive.
const int64_t kStrangerNs =
    absl::ToInt64Nanoseconds(kHelloDeadline + absl::Seconds(1));
// Minimum time for a Hello, however many connections wait. A worker that
// rejoins must get through within its lease, even behind several generations of
// strangers.
constexpr int64_t kFewestStrangerNs = 1'000'000'000;

}  // namespace

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Start(
    ListeningSockets sockets, const FleetLimits& limits, Peers peers) {
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) return absl::ErrnoToStatus(errno, "cannot create an event");
  return std::unique_ptr<Acceptor>(
      new Acceptor(std::move(sockets), limits, std::move(peers), wake_fd));
}

Acceptor::Acceptor(ListeningSockets sockets, const FleetLimits& limits,
                   Peers peers, int wake_fd)
    : sockets_(std::move(sockets)),
      limits_(limits),
      peers_(std::move(peers)),
      wake_fd_(wake_fd),
      thread_([this, &output = CurrentOutput()] {
        const OutputScope scope(output);
        Run();
      }) {
  pthread_setname_np(thread_.native_handle(), "acceptor");
}

Acceptor::~Acceptor() {
  Stop();
  close(wake_fd_);
}

void Acceptor::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(wake_fd_, 1);
  thread_.join();
}

void Acceptor::Run() {
  std::vector<pollfd> ready = {{wake_fd_, POLLIN, 0}};
  for (const int fd : sockets_.fds()) ready.push_back({fd, POLLIN, 0});
  bool has_room = true;
  while (true) {
    // Without room, wait for the wake-up only.
    const nfds_t count = has_room ? ready.size() : 1;
    const int found = poll(ready.data(), count, has_room ? kLookMs : kPauseMs);
    has_room = found >= 0 || errno == EINTR;  // else: no memory
    if (found > 0 && ready[0].revents != 0) return;
    ShutLateStrangers();
    for (size_t i = 1; found > 0 && i < ready.size(); ++i) {
      if (ready[i].revents != 0 && !AcceptFrom(ready[i].fd)) has_room = false;
    }
  }
}

void Acceptor::ShutLateStrangers() {
  const int64_t now_ns = clock_.NowNs();
  if (now_ns < next_look_ns_) return;
  next_look_ns_ = now_ns + kLookMs * int64_t{1'000'000};
  connections_.Update(peers_.workers(), now_ns);
  connections_.ShutStrangers(now_ns - kStrangerNs, connections_.size());
}

bool Acceptor::HasRoom() {
  const auto fits = [this] {
    return connections_.size() < limits_.connections &&
           connections_.strangers() < limits_.strangers;
  };
  if (fits()) return true;
  connections_.Update(peers_.workers(), clock_.NowNs());
  return fits();
}

void Acceptor::MakeRoom() {
  if (!std::exchange(told_, true)) {
    Log().warn(
        "{} connections are open, {} of them workers: new ones wait for others "
        "to close",
        connections_.size(), connections_.size() - connections_.strangers());
  }
  // Not all at once: most of the waiting connections may be strangers, too.
  connections_.ShutStrangers(clock_.NowNs() - kFewestStrangerNs,
                             1 + connections_.strangers() / 8);
}

bool Acceptor::AcceptFrom(int listener) {
  if (!HasRoom()) {
    MakeRoom();
    return false;
  }
  while (HasRoom()) {
    const int fd =
        accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      connections_.Add(fd, clock_.NowNs());
      peers_.take(listener, fd);
      continue;
    }
    switch (errno) {
      case EAGAIN:
        return true;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        if (!std::exchange(told_, true)) {
          const absl::Status reason =
              absl::ErrnoToStatus(errno, "cannot accept more workers for now");
          Log().warn("{}", std::string(reason.message()));
        }
        return false;
      default:  // the connection's own, as ECONNABORTED
        continue;
    }
  }
  return true;
}

}  // namespace invocator
