// What connections are made to: scheme, host and port of a URL. Pure.
#ifndef INVOCATOR_WORKER_ORIGIN_H_
#define INVOCATOR_WORKER_ORIGIN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

struct Origin {
  std::string url;   // "https://host:port", as written, without a path
  std::string host;  // without port; an IPv6 address without its brackets
  uint16_t port = 0;
  bool tls = false;
};

// REQUIRES: `url` is what PrepareRequests makes: http:// or https://, and an
// authority that common/address.h accepts.
Origin OriginOf(absl::string_view url);

// The proxy that the environment names for that scheme, as libcurl reads it:
// https_proxy or HTTPS_PROXY, http_proxy (in lower case only: CGI programs
// find a request's header "Proxy" in HTTP_PROXY), all_proxy or ALL_PROXY.
// Empty if none. That some hosts are exempt (no_proxy) is libcurl's to see.
std::string ProxyOfEnvironment(bool tls);

// True if the host is a name that is ours to look up: it is not when the
// environment names a proxy, which does so itself, and libcurl knows names of
// this machine (localhost, and what ends in .localhost) without asking anybody.
bool IsOursToLookUp(const Origin& origin);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ORIGIN_H_
