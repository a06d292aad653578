// Requirements for listening beyond this machine. Pure.
#ifndef INVOCATOR_COORDINATOR_FLEET_LISTEN_SECURITY_H_
#define INVOCATOR_COORDINATOR_FLEET_LISTEN_SECURITY_H_

#include <string>

#include "common/channel/security.h"
#include "common/http/address.h"

namespace invocator {

// Missing protection against others on the network, in words that name the
// options to add; empty if nothing is missing, as on the loopback.
std::string MissingProtection(const Address& listen, const Security& security);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_LISTEN_SECURITY_H_
