// Requirements for listening beyond this machine. Pure.
#ifndef INVOCATOR_COORDINATOR_FLEET_LISTEN_SECURITY_H_
#define INVOCATOR_COORDINATOR_FLEET_LISTEN_SECURITY_H_

#include <string>

#include "common/http/address.h"
#include "common/wire/security.h"

namespace invocator {

// What others on the network would be kept out by, and is not there, in words
// with the options that bring it; empty when nothing is missing, as on the
// loopback.
std::string MissingProtection(const Address& listen, const Security& security);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_LISTEN_SECURITY_H_
