// The IP addresses of hosts, looked up on threads of their own and for all
// engines of a run together: once in kTtlNs, and not for each connection.
//
// Thread-safe. What is being looked up may outlive this object.
#ifndef INVOCATOR_WORKER_HOST_ADDRESSES_H_
#define INVOCATOR_WORKER_HOST_ADDRESSES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"

namespace invocator {

// The IP addresses of a host, empty if there are none. May take long.
std::vector<std::string> LookUpHost(const std::string& host);

class HostAddresses {
 public:
  static constexpr int64_t kTtlNs = 60'000'000'000;
  // What could not be looked up is tried again after that.
  static constexpr int64_t kRetryNs = 1'000'000'000;

  using LookUp = std::function<std::vector<std::string>(const std::string&)>;
  using List = std::vector<std::string>;

  // Borrows the clock. `look_up` is called on other threads.
  explicit HostAddresses(const SteadyClock& clock, LookUp look_up = LookUpHost);

  // What is known of a host, even if it is old: null while that is nothing and
  // the answer is awaited; empty if the name could not be looked up. Begins to
  // look up what is not known or too old.
  std::shared_ptr<const List> Of(const std::string& host);

  // Looks those hosts up and waits for all answers, at most `timeout_ns`;
  // `give_up` is asked ten times a second. Returns the hosts that have none.
  List Await(const std::vector<std::string>& hosts, int64_t timeout_ns,
             const std::function<bool()>& give_up);

 private:
  struct Known;

  const SteadyClock& clock_;
  const LookUp look_up_;
  const std::shared_ptr<Known> known_;  // shared with the threads
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_HOST_ADDRESSES_H_
