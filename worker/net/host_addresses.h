// IP addresses of hosts, shared by all engines of a run. Looked up before the
// start and again once per kTtlNs, on a few separate threads.
//
// Thread-safe. A look-up under way may outlive this object.
#ifndef INVOCATOR_WORKER_NET_HOST_ADDRESSES_H_
#define INVOCATOR_WORKER_NET_HOST_ADDRESSES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace invocator {

// The IP addresses of a host; empty if it has none. May block for long.
std::vector<std::string> LookUpHost(const std::string& host);

class HostAddresses {
 public:
  static constexpr int64_t kTtlNs = 60'000'000'000;
  // Delay before a failed look-up is retried.
  static constexpr int64_t kRetryNs = 1'000'000'000;

  using List = std::vector<std::string>;
  using LookUp = std::function<List(const std::string&)>;

  // Borrows the clock. `look_up` is called on other threads.
  explicit HostAddresses(const SteadyClock& clock, LookUp look_up = LookUpHost);
  ~HostAddresses();
  HostAddresses(const HostAddresses&) = delete;
  HostAddresses& operator=(const HostAddresses&) = delete;

  // Looks up those hosts and waits for the answers, at most `timeout_ns`; polls
  // `give_up` ten times a second. Returns the hosts without an address.
  List Await(const std::vector<std::string>& hosts, int64_t timeout_ns,
             const std::function<bool()>& give_up);

  // The known addresses of an awaited host, even if old; empty if none is
  // known. Begins a new look-up if they are too old.
  std::shared_ptr<const List> Of(const std::string& host);

 private:
  struct Known;

  void AddThreads(size_t hosts);

  const SteadyClock& clock_;
  const LookUp look_up_;
  const std::shared_ptr<Known> known_;  // shared with the threads
  size_t threads_ = 0;                  // changed by Await only
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_HOST_ADDRESSES_H_
