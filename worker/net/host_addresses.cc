#include "worker/net/host_addresses.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace invocator {
namespace {

constexpr size_t kMaxThreads = 16;

}  // namespace

struct HostAddresses::Known {
  struct Host {
    std::shared_ptr<const List> addresses = std::make_shared<List>();
    bool is_asked = false;  // an answer is awaited
    bool is_found = false;  // by the last answer
    int64_t asked_ns = INT64_MIN / 2;
  };

  std::mutex mutex;  // guards the members below
  std::condition_variable wanted;
  std::condition_variable answered;
  std::map<std::string, Host> hosts;
  std::deque<std::string> queue;  // to be looked up
  bool closed = false;

  // Main loop of a thread.
  void Work(const LookUp& look_up) {
    std::unique_lock lock(mutex);
    while (true) {
      wanted.wait(lock, [this] { return closed || !queue.empty(); });
      if (closed) return;
      const std::string name = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      List found = look_up(name);
      lock.lock();
      Host& host = hosts[name];
      host.is_asked = false;
      host.is_found = !found.empty();
      // Known addresses stay if the name cannot be looked up now.
      if (host.is_found) {
        host.addresses = std::make_shared<const List>(std::move(found));
      }
      answered.notify_all();
    }
  }

  // With the mutex held: requests a look-up that is due.
  Host& Ask(const std::string& name, int64_t now_ns) {
    Host& host = hosts[name];
    const int64_t period_ns = host.is_found ? kTtlNs : kRetryNs;
    if (!host.is_asked && now_ns - host.asked_ns >= period_ns) {
      host.is_asked = true;
      host.asked_ns = now_ns;
      queue.push_back(name);
      wanted.notify_one();
    }
    return host;
  }
};

std::vector<std::string> LookUpHost(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  std::vector<std::string> addresses;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof(text),
                    nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text);
    }
  }
  freeaddrinfo(found);
  return addresses;
}

HostAddresses::HostAddresses(const SteadyClock& clock, LookUp look_up)
    : clock_(clock),
      look_up_(std::move(look_up)),
      known_(std::make_shared<Known>()) {}

HostAddresses::~HostAddresses() {
  const std::lock_guard lock(known_->mutex);
  known_->closed = true;
  known_->wanted.notify_all();
}

void HostAddresses::AddThreads(size_t hosts) {
  // Here, and not where an engine asks: they would inherit its core.
  for (; threads_ < std::min(hosts, kMaxThreads); ++threads_) {
    try {
      std::thread([known = known_, look_up = look_up_] {
        known->Work(look_up);
      }).detach();
    } catch (const std::system_error&) {
      return;  // no more threads: those running, if any, do the work
    }
  }
}

HostAddresses::List HostAddresses::Await(const std::vector<std::string>& hosts,
                                         int64_t timeout_ns,
                                         const std::function<bool()>& give_up) {
  AddThreads(hosts.size());
  const int64_t end_ns = clock_.NowNs() + timeout_ns;
  List without;
  std::unique_lock lock(known_->mutex);
  for (const std::string& name : hosts) known_->Ask(name, clock_.NowNs());
  for (const std::string& name : hosts) {
    const Known::Host& host = known_->hosts[name];
    while (host.is_asked && clock_.NowNs() < end_ns && !give_up()) {
      known_->answered.wait_for(lock, std::chrono::milliseconds(100));
    }
    if (!host.is_found) without.push_back(name);
  }
  return without;
}

std::shared_ptr<const HostAddresses::List> HostAddresses::Of(
    const std::string& host) {
  const int64_t now_ns = clock_.NowNs();
  const std::lock_guard lock(known_->mutex);
  return known_->Ask(host, now_ns).addresses;
}

}  // namespace invocator
