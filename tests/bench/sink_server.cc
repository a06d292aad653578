#include "tests/bench/sink_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/request_stream.h"

namespace invocator {
namespace {

constexpr size_t kMaxDescriptors = 8192;
// A sleeping server looks at its deadline as often.
constexpr int kSleepMs = 100;

volatile sig_atomic_t stop_requested = 0;

using OnRequests = std::function<bool(int, int64_t)>;

class SinkServer {
 public:
  SinkServer(int listener, const OnRequests& on_requests)
      : listener_(listener),
        on_requests_(on_requests),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        connections_(kMaxDescriptors) {
    Watch(listener);
  }
  SinkServer(const SinkServer&) = delete;
  SinkServer& operator=(const SinkServer&) = delete;
  ~SinkServer() {
    for (size_t fd = 0; fd < connections_.size(); ++fd)
      if (connections_[fd] != nullptr) close(static_cast<int>(fd));
    close(epoll_);
  }

  void Turn(int timeout_ms) {
    std::array<epoll_event, 256> ready;
    const int count =
        epoll_wait(epoll_, ready.data(), ready.size(), timeout_ms);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<size_t>(i)].data.fd;
      if (fd == listener_) {
        Accept();
      } else if (!Serve(fd)) {
        connections_[static_cast<size_t>(fd)].reset();
        close(fd);
      }
    }
  }

 private:
  void Watch(int fd) {
    epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void Accept() {
    const int fd =
        accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (static_cast<size_t>(fd) >= connections_.size()) {
      close(fd);
      return;
    }
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    connections_[static_cast<size_t>(fd)] = std::make_unique<RequestStream>();
    Watch(fd);
  }

  // Returns false when the connection is to be closed.
  bool Serve(int fd) {
    const ssize_t received = recv(fd, buffer_.data(), buffer_.size(), 0);
    const int64_t now_ns = SteadyNowNs();
    if (received < 0) return errno == EAGAIN || errno == EINTR;
    if (received == 0) return false;
    answers_.clear();
    const int begun = connections_[static_cast<size_t>(fd)]->Take(
        {buffer_.data(), static_cast<size_t>(received)}, answers_);
    if (begun < 0 || (begun > 0 && !on_requests_(begun, now_ns))) return false;
    return answers_.empty() ||
           send(fd, answers_.data(), answers_.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(answers_.size());
  }

  const int listener_;
  const OnRequests& on_requests_;
  const int epoll_;
  // By descriptor; nullptr where there is no connection.
  std::vector<std::unique_ptr<RequestStream>> connections_;
  std::array<char, size_t{64} * 1024> buffer_;
  std::string answers_;
};

}  // namespace

int64_t SteadyNowNs() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

int ListenOnLoopback() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || listen(fd, 1024) != 0 ||
      getsockname(fd, generic, &size) != 0) {
    return -1;
  }
  std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void ServeSink(int listener, int64_t deadline_ns, Waiting waiting,
               const OnRequests& on_requests) {
  signal(SIGTERM, [](int) { stop_requested = 1; });
  const auto server = std::make_unique<SinkServer>(listener, on_requests);
  while (stop_requested == 0 && SteadyNowNs() < deadline_ns)
    server->Turn(waiting == Waiting::kSpin ? 0 : kSleepMs);
}

}  // namespace invocator
