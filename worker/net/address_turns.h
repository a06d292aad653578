// The addresses of hosts, to be used in turn: libcurl by itself connects to the
// first that answers, for as long as it remembers it, so that all load of a
// minute would go to one of several.
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
  // Engines begin at different addresses: `first` is this one's number.
  AddressTurns(HostAddresses& addresses, size_t first)
      : addresses_(addresses), first_(first) {}

  // All known addresses of the host.
  std::shared_ptr<const HostAddresses::List> All(const std::string& host) {
    return addresses_.Of(host);
  }
  // Addresses of the host, the one whose turn it is first and a few others for
  // when it does not answer. Empty if none is known.
  std::vector<std::string> Next(const std::string& host);

 private:
  HostAddresses& addresses_;
  const size_t first_;
  std::map<std::string, size_t> turns_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_ADDRESS_TURNS_H_
