// What connections are made to: scheme, host and port of a URL. Pure.
#ifndef INVOCATOR_WORKER_ORIGIN_H_
#define INVOCATOR_WORKER_ORIGIN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/address.h"

namespace invocator {

struct Origin {
  std::string url;   // "https://host:port", as written, without a path
  std::string host;  // without port; an IPv6 address without its brackets
  uint16_t port = 0;
  bool tls = false;
  std::optional<Address> proxy = {};  // that connections go through

  // "host:port", for messages.
  std::string authority() const { return Address{host, port}.ToString(); }
};

// Without a proxy.
// REQUIRES: `url` is what PrepareRequests makes: http:// or https://, and an
// authority that common/address.h accepts.
Origin OriginOf(absl::string_view url);

// With the proxy that the environment names for it. Not pure.
Origin ProxiedOriginOf(absl::string_view url);

// The name that has to be looked up for a connection, of the proxy if there is
// one. Empty for an address, and for names of this machine (localhost, and what
// ends in .localhost), which libcurl knows.
std::string NameToLookUp(const Origin& origin);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ORIGIN_H_
