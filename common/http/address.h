// Parses addresses of listeners: host and port. Pure: no DNS look-ups.
#ifndef INVOCATOR_COMMON_HTTP_ADDRESS_H_
#define INVOCATOR_COMMON_HTTP_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

struct Address {
  std::string host;  // lower-case; an IPv6 address without its brackets
  uint16_t port = 0;

  // host:port, an IPv6 address in brackets.
  std::string ToString() const;

  friend bool operator==(const Address&, const Address&) = default;
};

// Reads "name:port", "1.2.3.4:port" or "[::1]:port". The port may be missing
// unless `default_port` is 0. INVALID_ARGUMENT names the text and the expected
// form.
absl::StatusOr<Address> ParseAddress(absl::string_view text,
                                     uint16_t default_port = 0);

// The address in a URL that ParseServiceUrl accepts: http://127.0.0.1:9000/x.
absl::StatusOr<Address> AddressOfUrl(absl::string_view url);

// True for localhost, 127.0.0.0/8 and ::1, which can only be this machine.
bool IsLoopbackHost(absl::string_view host);

// True for an IPv4 or IPv6 address, the latter without brackets.
bool IsIpAddress(absl::string_view host);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_ADDRESS_H_
