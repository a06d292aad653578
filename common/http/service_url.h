// Parses the URL of a service endpoint that replaces AWS's own, as AWS's tools
// accept it: http://localhost:4566, https://gateway.example/lambda. Pure.
#ifndef INVOCATOR_COMMON_HTTP_SERVICE_URL_H_
#define INVOCATOR_COMMON_HTTP_SERVICE_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

struct ServiceUrl {
  bool plain_http = false;
  std::string host;  // as in the Host header: without the scheme's own port
  std::string path;  // prefix of request paths, without a final '/'; or empty

  // One spelling for equal URLs: lower case, no '/' at the end.
  std::string ToString() const;

  friend bool operator==(const ServiceUrl&, const ServiceUrl&) = default;
};

// INVALID_ARGUMENT, with the text, for anything but an http or https URL of a
// host with optional port and path; for a user, query or fragment; and for http
// with port 443, which Endpoint::host leaves out.
absl::StatusOr<ServiceUrl> ParseServiceUrl(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_SERVICE_URL_H_
