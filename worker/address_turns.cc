#include "worker/address_turns.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace invocator {

// Shared by the engine and the thread that looks a name up.
struct AddressTurns::Answer {
  std::mutex mutex;  // guards what follows
  bool here = false;
  std::vector<std::string> addresses;
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

std::vector<std::string> AddressTurns::Next(const std::string& name,
                                            int64_t now_ns) {
  const auto [entry, is_new] = hosts_.try_emplace(name);
  Host& host = entry->second;
  bool answered = false;
  if (host.answer != nullptr) {
    const std::lock_guard lock(host.answer->mutex);
    answered = host.answer->here;
    // What is known stays if the name cannot be looked up now.
    if (answered && !host.answer->addresses.empty()) {
      host.addresses = std::move(host.answer->addresses);
    }
  }
  if (answered) host.answer.reset();
  if (host.answer == nullptr && (is_new || now_ns - host.asked_ns >= kTtlNs)) {
    host.answer = std::make_shared<Answer>();
    host.asked_ns = now_ns;
    try {
      std::thread([answer = host.answer, look_up = look_up_, name] {
        std::vector<std::string> addresses = look_up(name);
        const std::lock_guard lock(answer->mutex);
        answer->addresses = std::move(addresses);
        answer->here = true;
      }).detach();
    } catch (const std::system_error&) {
      // No thread to be had: libcurl will look for itself.
      host.answer.reset();
    }
  }
  std::vector<std::string> addresses = host.addresses;
  if (!addresses.empty()) {
    std::rotate(addresses.begin(),
                addresses.begin() +
                    static_cast<ptrdiff_t>(host.turn++ % addresses.size()),
                addresses.end());
  }
  return addresses;
}

}  // namespace invocator
