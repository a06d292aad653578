#include "worker/host_addresses.h"

#include <netdb.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace invocator {

struct HostAddresses::Known {
  struct Host {
    std::shared_ptr<const List> addresses;  // null before the first answer
    bool is_asked = false;                  // an answer is awaited
    bool is_found = false;                  // by the last answer
    int64_t asked_ns = 0;
  };

  std::mutex mutex;  // guards what follows
  std::condition_variable answered;
  std::map<std::string, Host> hosts;

  void Answer(const std::string& name, List found) {
    const std::lock_guard lock(mutex);
    Host& host = hosts[name];
    host.is_asked = false;
    host.is_found = !found.empty();
    // What is known stays if the name cannot be looked up now.
    if (host.is_found || host.addresses == nullptr) {
      host.addresses = std::make_shared<const List>(std::move(found));
    }
    answered.notify_all();
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

std::shared_ptr<const HostAddresses::List> HostAddresses::Of(
    const std::string& name) {
  const int64_t now_ns = clock_.NowNs();
  const std::lock_guard lock(known_->mutex);
  const auto [entry, is_new] = known_->hosts.try_emplace(name);
  Known::Host& host = entry->second;
  const int64_t period_ns = host.is_found ? kTtlNs : kRetryNs;
  if (host.is_asked || (!is_new && now_ns - host.asked_ns < period_ns)) {
    return host.addresses;
  }
  host.is_asked = true;
  host.asked_ns = now_ns;
  try {
    std::thread([known = known_, look_up = look_up_, name] {
      known->Answer(name, look_up(name));
    }).detach();
  } catch (const std::system_error&) {  // no thread to be had now
    host.is_asked = false;
    host.is_found = false;
    if (host.addresses == nullptr) host.addresses = std::make_shared<List>();
  }
  return host.addresses;
}

HostAddresses::List HostAddresses::Await(const std::vector<std::string>& hosts,
                                         int64_t timeout_ns,
                                         const std::function<bool()>& give_up) {
  const int64_t end_ns = clock_.NowNs() + timeout_ns;
  for (const std::string& host : hosts) Of(host);
  List without;
  std::unique_lock lock(known_->mutex);
  for (const std::string& name : hosts) {
    const Known::Host& host = known_->hosts[name];
    while (host.is_asked && clock_.NowNs() < end_ns && !give_up()) {
      known_->answered.wait_for(lock, std::chrono::milliseconds(100));
    }
    if (!host.is_found) without.push_back(name);
  }
  return without;
}

}  // namespace invocator
