// Look-ups of hosts for tests that ask no resolver.
#ifndef INVOCATOR_TESTS_SUPPORT_LOOK_UPS_H_
#define INVOCATOR_TESTS_SUPPORT_LOOK_UPS_H_

#include <string>
#include <vector>

#include "worker/net/host_addresses.h"

namespace invocator {

// Finds these addresses for every host.
inline HostAddresses::LookUp Always(std::vector<std::string> addresses) {
  return [addresses](const std::string&) { return addresses; };
}

// Never gives up waiting for a look-up.
inline bool Never() { return false; }

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_LOOK_UPS_H_
