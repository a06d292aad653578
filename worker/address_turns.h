// The addresses of hosts, to be used in turn: libcurl by itself connects to the
// first that answers, for as long as it remembers it, so that all load of a
// minute would go to one of several.
//
// Names are looked up on threads of their own, once in kTtlNs.
// Thread-compatible: belongs to one engine.
#ifndef INVOCATOR_WORKER_ADDRESS_TURNS_H_
#define INVOCATOR_WORKER_ADDRESS_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace invocator {

// The IP addresses of a host, empty if there are none. May take long.
std::vector<std::string> LookUpHost(const std::string& host);

class AddressTurns {
 public:
  static constexpr int64_t kTtlNs = 60'000'000'000;
  using LookUp = std::function<std::vector<std::string>(const std::string&)>;

  // `look_up` is called on other threads, and may outlive this object there.
  explicit AddressTurns(LookUp look_up = LookUpHost)
      : look_up_(std::move(look_up)) {}

  // All addresses of the host, the one whose turn it is first and the others
  // for when it does not answer. Empty while they are not known: they are being
  // looked up then. `now_ns`: of a clock that does not go back.
  std::vector<std::string> Next(const std::string& host, int64_t now_ns);

 private:
  struct Answer;
  struct Host {
    std::vector<std::string> addresses;
    size_t turn = 0;
    int64_t asked_ns = 0;
    std::shared_ptr<Answer> answer;  // while it is awaited
  };

  const LookUp look_up_;
  std::map<std::string, Host> hosts_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ADDRESS_TURNS_H_
