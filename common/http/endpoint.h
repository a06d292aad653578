// Endpoint of an instance's requests, exactly as on the wire, so that the bytes
// signed are the bytes sent.
#ifndef INVOCATOR_COMMON_HTTP_ENDPOINT_H_
#define INVOCATOR_COMMON_HTTP_ENDPOINT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

struct Endpoint {
  std::string host;   // as in the Host header: lower-case, ":port" unless 443
  std::string path;   // percent-encoded, begins with '/'
  std::string query;  // percent-encoded, without '?'; may be empty

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// Makes `https://<host>/<stage>/<resource>`; an empty part is left out with its
// slash. `host` is a name, an IPv4 address or an IPv6 address in brackets, with
// or without a port; stage and resource may begin with a '/', and the resource
// may end in a query. Keeps the user's escapes; percent-encodes, in upper case,
// characters that may not stand raw in a path or query.
//
// Errors (INVALID_ARGUMENT, naming the value and the expected form) for a host
// with a scheme, slash, user or blank; for `//`, `.` and `..` segments, a raw
// '+' and an empty parameter in a query, on which signers disagree; for a '%'
// without two hex digits; and for a query in the stage.
absl::StatusOr<Endpoint> MakeEndpoint(absl::string_view host,
                                      absl::string_view stage,
                                      absl::string_view resource);

// The probably intended host, for text that MakeEndpoint refuses: drops scheme,
// user, path and final dot, converts to the DNS form, and puts a bare IPv6
// address in brackets. Nullopt if the result is no host either.
std::optional<std::string> MendHost(absl::string_view host);

// Scope of a SigV4 signature, besides the date.
struct SigningScope {
  std::string region;
  std::string service;

  friend bool operator==(const SigningScope&, const SigningScope&) = default;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_ENDPOINT_H_
