// Origin of a URL: scheme, host and port. Pure.
#ifndef INVOCATOR_WORKER_NET_ORIGIN_H_
#define INVOCATOR_WORKER_NET_ORIGIN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/http/address.h"
#include "common/http/proxy.h"

namespace invocator {

struct Origin {
  std::string url;   // "https://host:port", as written, without a path
  std::string host;  // without port; an IPv6 address without its brackets
  uint16_t port = 0;
  bool tls = false;
  std::optional<Proxy> proxy = {};  // for all connections

  // The proxy is an HTTPS proxy (worker/net/proxy_tunnel.h).
  bool has_tls_proxy() const { return proxy && proxy->tls; }
  // "host:port", for messages and CONNECT.
  std::string authority() const { return Address{host, port}.ToString(); }
};

// Parses an origin; sets no proxy.
// REQUIRES: `url` is as PrepareRequests makes it: http:// or https://, and an
// authority that common/http/address.h accepts.
Origin OriginOf(absl::string_view url);

// As OriginOf, with the proxy that the environment names. Not pure.
Origin ProxiedOriginOf(absl::string_view url);

// The name to look up for a connection: the proxy's if there is one, else the
// host's. Empty for an address, and for localhost and names that end in
// .localhost, which libcurl resolves itself.
std::string NameToLookUp(const Origin& origin);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_ORIGIN_H_
