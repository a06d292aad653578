// Finds the proxy that the environment names for a host. libcurl reads the same
// variables; knowing its choice allows messages to name the proxy, and us to
// open TLS to it.
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

struct Proxy {
  Address address;  // port 0 if its URL cannot be used
  bool tls = false;
  // The value of Proxy-Authorization (RFC 7617), a secret; empty if the URL
  // names no user.
  std::string authorization = {};
};

// The proxy for connections to `target`; nullopt for direct connections: to
// this machine, and to hosts in no_proxy. libcurl itself evaluates no_proxy,
// without sending a packet; this takes about 50 us.
std::optional<Proxy> ProxyFor(bool tls, const Address& target);

// "the proxy 127.0.0.1:3128".
std::string ProxyWords(const Proxy& proxy);

// libcurl's message without the proxy's URL, which may hold a password: libcurl
// quotes all of it when it cannot be used.
absl::string_view WithoutProxyUrl(absl::string_view words);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_PROXY_H_
