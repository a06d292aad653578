// A server that measures how steadily a client sends: it answers every
// HTTP/1.1 request at once, notes when each arrived, and prints how far the
// arrivals lay from those of a constant rate, or from planned ones.
//
//   stamping_sink RATE_PER_S MAX_SECONDS [PLAN_FILE]
//
// PLAN_FILE: the planned instants in seconds, ascending, one a line.
// Prints "listening on http://127.0.0.1:PORT"; after SIGTERM, or MAX_SECONDS,
// one line of JSON. The k-th arrival ought to come at t0 + k / RATE, or t0 +
// the k-th planned instant (what comes beyond the plan counts as no arrival);
// t0 is chosen as the client would want it (it minimises the mean deviation, so
// it is a median), and the deviations are given without sign. A client that
// stops short of the rate drifts away from it, and that counts.
//
// One thread, which never sleeps: waking up would be measured too.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr size_t kMaxConnections = 4096;
constexpr size_t kMaxHeadBytes = 64 * 1024;
constexpr size_t kMaxBodyBytes = 16 * 1024 * 1024;
constexpr size_t kMaxArrivals = 20'000'000;
constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Content-Length: 2\r\n\r\n{}";

volatile sig_atomic_t stop_requested = 0;

int64_t NowNs() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

// The value of Content-Length in a head, 0 without one, or -1 for a head this
// server does not take (a chunked body, a number that is none).
int64_t BodyBytes(std::string_view head) {
  int64_t result = 0;
  for (size_t at = head.find("\r\n"); at != head.npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2);
    const auto is = [&line](std::string_view name) {
      return line.size() >= name.size() &&
             strncasecmp(line.data(), name.data(), name.size()) == 0;
    };
    if (is("transfer-encoding:")) return -1;
    if (!is("content-length:")) continue;
    const char* begin =
        line.data() + std::string_view("content-length:").size();
    const char* end = line.data() + line.size();
    while (begin != end && *begin == ' ') ++begin;
    if (std::from_chars(begin, end, result).ec != std::errc()) return -1;
    if (result < 0 || result > int64_t{kMaxBodyBytes}) return -1;
  }
  return result;
}

// One connection's place in the stream of requests.
class Connection {
 public:
  // Takes bytes that were read at now_ns. Appends the instants at which
  // requests began, and returns how many requests ended, or -1 if these bytes
  // are no requests.
  int Take(std::string_view bytes, int64_t now_ns,
           std::vector<int64_t>& arrivals_ns) {
    int complete = 0;
    while (true) {
      const size_t skipped = std::min(body_left_, bytes.size());
      body_left_ -= skipped;
      bytes.remove_prefix(skipped);
      if (in_body_ && body_left_ == 0) {
        in_body_ = false;
        ++complete;
      }
      if (bytes.empty()) return complete;
      if (head_.empty()) arrivals_ns.push_back(now_ns);
      const size_t before = head_.size();
      head_.append(bytes);
      const size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
      if (end == head_.npos)
        return head_.size() > kMaxHeadBytes ? -1 : complete;
      const int64_t body = BodyBytes(std::string_view(head_).substr(0, end));
      if (body < 0) return -1;
      body_left_ = static_cast<size_t>(body);
      in_body_ = true;
      bytes.remove_prefix(end + 4 - before);
      head_.clear();
    }
  }

 private:
  std::string head_;
  size_t body_left_ = 0;
  bool in_body_ = false;
};

// Serves one readable connection. Returns false when it is to be closed.
bool Serve(int fd, Connection& connection, std::vector<int64_t>& arrivals_ns) {
  std::array<char, 64 * 1024> buffer;
  const ssize_t received = recv(fd, buffer.data(), buffer.size(), 0);
  const int64_t now_ns = NowNs();
  if (received < 0) return errno == EAGAIN || errno == EINTR;
  if (received == 0 || arrivals_ns.size() >= kMaxArrivals) return false;
  const int complete = connection.Take(
      {buffer.data(), static_cast<size_t>(received)}, now_ns, arrivals_ns);
  for (int i = 0; i < complete; ++i) {
    // A client that does not read its answers is no client to measure.
    if (send(fd, kResponse.data(), kResponse.size(), MSG_NOSIGNAL) !=
        ssize_t{kResponse.size()}) {
      return false;
    }
  }
  return complete >= 0;
}

// Serves until stopped, and returns the instants at which requests arrived.
std::vector<int64_t> ServeAll(int listener, int64_t deadline_ns) {
  std::vector<int64_t> arrivals_ns;
  arrivals_ns.reserve(1'000'000);
  std::map<int, Connection> connections;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> ready;
  while (stop_requested == 0 && NowNs() < deadline_ns) {
    const int count = epoll_wait(epoll, ready.data(), ready.size(), 0);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<size_t>(i)].data.fd;
      if (fd != listener) {
        if (!Serve(fd, connections[fd], arrivals_ns)) {
          connections.erase(fd);
          close(fd);
        }
        continue;
      }
      const int accepted =
          accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted < 0) continue;
      if (connections.size() == kMaxConnections) {
        close(accepted);
        continue;
      }
      const int one = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
      event.data.fd = accepted;
      epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
      connections[accepted];
    }
  }
  for (const auto& [fd, connection] : connections) close(fd);
  close(epoll);
  return arrivals_ns;
}

// The planned instants of a file, in us; nothing if it cannot be read.
std::vector<double> ReadPlanUs(const char* path) {
  std::vector<double> result;
  std::ifstream file(path);
  double instant_s;
  while (result.size() < kMaxArrivals && file >> instant_s) {
    result.push_back(instant_s * 1e6);
  }
  return result;
}

// How far the arrivals lie from the plan or, if that is empty, from a constant
// rate, in us, ascending.
std::vector<double> DeviationsUs(const std::vector<int64_t>& arrivals_ns,
                                 const std::vector<double>& plan_us,
                                 double rate_per_s) {
  std::vector<double> result;
  result.reserve(arrivals_ns.size());
  for (size_t k = 0; k < arrivals_ns.size(); ++k) {
    if (!plan_us.empty() && k == plan_us.size()) break;
    const double due_us = plan_us.empty()
                              ? static_cast<double>(k) * 1e6 / rate_per_s
                              : plan_us[k];
    result.push_back(static_cast<double>(arrivals_ns[k] - arrivals_ns.front()) /
                         1e3 -
                     due_us);
  }
  if (result.empty()) return result;
  const auto middle =
      result.begin() + static_cast<std::ptrdiff_t>(result.size() / 2);
  std::nth_element(result.begin(), middle, result.end());
  const double offset = *middle;
  for (double& deviation : result) deviation = std::abs(deviation - offset);
  std::sort(result.begin(), result.end());
  return result;
}

// REQUIRES: values is ascending and 0 <= quantile <= 1. 0 if values is empty.
double Percentile(const std::vector<double>& values, double quantile) {
  if (values.empty()) return 0;
  const double rank = std::ceil(quantile * static_cast<double>(values.size()));
  return values[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

// A socket that listens on a free loopback port, or -1.
int Listen() {
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

}  // namespace

int main(int argc, char** argv) {
  const bool counted = argc == 3 || argc == 4;
  const double rate_per_s = counted ? std::atof(argv[1]) : 0;
  const double max_seconds = counted ? std::atof(argv[2]) : 0;
  if (!(rate_per_s > 0 && max_seconds > 0 && max_seconds <= 3600)) {
    std::fprintf(stderr,
                 "usage: stamping_sink RATE_PER_S MAX_SECONDS [PLAN_FILE]\n");
    return 2;
  }
  std::vector<double> plan_us;
  if (argc == 4) {
    plan_us = ReadPlanUs(argv[3]);
    if (plan_us.empty()) {
      std::fprintf(stderr, "stamping_sink: %s: no planned instants\n", argv[3]);
      return 2;
    }
  }
  signal(SIGTERM, [](int) { stop_requested = 1; });
  const int listener = Listen();
  if (listener < 0) {
    std::perror("stamping_sink: cannot listen on 127.0.0.1");
    return 1;
  }
  const std::vector<int64_t> arrivals_ns =
      ServeAll(listener, NowNs() + static_cast<int64_t>(max_seconds * 1e9));
  const std::vector<double> deviations =
      DeviationsUs(arrivals_ns, plan_us, rate_per_s);
  const double elapsed_s =
      arrivals_ns.empty()
          ? 0
          : static_cast<double>(arrivals_ns.back() - arrivals_ns.front()) / 1e9;
  std::printf(
      "{\"count\": %zu, \"elapsed_s\": %.6f, \"p50\": %.1f, \"p90\": %.1f, "
      "\"p99\": %.1f, \"max\": %.1f}\n",
      deviations.size(), elapsed_s, Percentile(deviations, 0.5),
      Percentile(deviations, 0.9), Percentile(deviations, 0.99),
      Percentile(deviations, 1));
  return 0;
}
