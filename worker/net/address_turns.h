// Round-robin over the addresses of hosts. libcurl by itself connects to the
// first address that answers, for as long as it remembers it, so that all load
// of a minute would go to one of several addresses.
//
// Thread-compatible: belongs to one engine. Borrows the addresses, which all
// engines share.
#ifndef INVOCATOR_WORKER_NET_ADDRESS_TURNS_H_
#define INVOCATOR_WORKER_NET_ADDRESS_TURNS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "worker/net/host_addresses.h"

namespace invocator {

class AddressTurns {
 public:
  // `first`: this engine's number; engines begin at different addresses.
  AddressTurns(HostAddresses& addresses, size_t first)
      : addresses_(addresses), first_(first) {}

  // All known addresses of the host.
  std::shared_ptr<const HostAddresses::List> All(const std::string& host) {
    return addresses_.Of(host);
  }
  // Addresses of the host: first the one whose turn it is, then a few
  // fallbacks. Empty if none is known.
  std::vector<std::string> Next(const std::string& host);

 private:
  HostAddresses& addresses_;
  const size_t first_;
  std::map<std::string, size_t> turns_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_ADDRESS_TURNS_H_
