// Finds the proxy that the environment names for a host. libcurl reads the same
// variables; knowing its choice allows messages to name the proxy.
//
// Thread-safe: nothing writes to the environment.
#ifndef INVOCATOR_COMMON_PROXY_H_
#define INVOCATOR_COMMON_PROXY_H_

#include <optional>
#include <string>

#include "common/address.h"

namespace invocator {

// The proxy that the environment names for that scheme, as libcurl reads it:
// https_proxy or HTTPS_PROXY, http_proxy (in lower case only: CGI programs
// find a request's header "Proxy" in HTTP_PROXY), all_proxy or ALL_PROXY.
// Empty if none. May hold a password.
std::string ProxyOfEnvironment(bool tls);

// Host and port of the proxy for connections to `target`; nullopt if they go
// direct: to this machine, and to hosts of no_proxy. That is libcurl's to read,
// so it is asked, without a packet; takes some 50 us. Port 0 if the proxy's
// address cannot be read.
std::optional<Address> ProxyFor(bool tls, const Address& target);

// "the proxy 127.0.0.1:3128".
std::string ProxyWords(const Address& proxy);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROXY_H_
