// Finds the proxy that the environment names for a host. libcurl reads the same
// variables; knowing its choice allows messages to name the proxy.
//
// Thread-safe: nothing writes to the environment.
#ifndef INVOCATOR_COMMON_HTTP_PROXY_H_
#define INVOCATOR_COMMON_HTTP_PROXY_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/http/address.h"

namespace invocator {

// The proxy that the environment names for https (`tls`) or http. Uses
// libcurl's variables: https_proxy or HTTPS_PROXY; http_proxy (lower case only:
// a CGI program finds a request's "Proxy" header in HTTP_PROXY); then all_proxy
// or ALL_PROXY. Empty if none is set. May hold a password.
std::string ProxyOfEnvironment(bool tls);

// Host and port of the proxy for connections to `target`; nullopt for direct
// connections: to this machine, and to hosts in no_proxy. libcurl itself
// evaluates no_proxy, without sending a packet; this takes about 50 us. Port 0
// if the proxy's address cannot be parsed.
std::optional<Address> ProxyFor(bool tls, const Address& target);

// "the proxy 127.0.0.1:3128".
std::string ProxyWords(const Address& proxy);

// libcurl's message without the proxy's URL, which may hold a password: libcurl
// quotes all of it when it cannot be used.
absl::string_view WithoutProxyUrl(absl::string_view words);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_PROXY_H_
