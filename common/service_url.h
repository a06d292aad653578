// The URL of a service's endpoint, as AWS's tools take one instead of AWS's
// own: http://localhost:4566, https://gateway.example/lambda. Pure.
#ifndef INVOCATOR_COMMON_SERVICE_URL_H_
#define INVOCATOR_COMMON_SERVICE_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

struct ServiceUrl {
  bool plain_http = false;
  std::string host;  // as in the Host header: without the scheme's own port
  std::string path;  // of all its requests, without a '/' at its end; or empty

  // The same for every way to write it: lower case, no '/' at its end.
  std::string ToString() const;

  friend bool operator==(const ServiceUrl&, const ServiceUrl&) = default;
};

// INVALID_ARGUMENT, with the text, for what is no http or https URL of a host,
// perhaps a port and a path; for a user, a query or a fragment in it; and for
// port 443 of http, which no Host header tells from its absence.
absl::StatusOr<ServiceUrl> ParseServiceUrl(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_SERVICE_URL_H_
