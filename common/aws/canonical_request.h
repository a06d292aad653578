// Canonical request of AWS Signature Version 4: the text that client and server
// both derive from a request, whatever its header order, case and escapes.
// Source: IAM user guide, "Create a signed AWS API request"; botocore for
// details left open there. Pure.
#ifndef INVOCATOR_COMMON_AWS_CANONICAL_REQUEST_H_
#define INVOCATOR_COMMON_AWS_CANONICAL_REQUEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/http/http_syntax.h"

namespace invocator {

// The parts of a request that a signature covers. Path and query are as on the
// wire: normalised (no dot segments, no "//") and percent-encoded.
struct SignedRequest {
  std::string method;
  std::string path;
  std::string query;            // without '?'
  std::vector<Header> headers;  // as sent; must hold host, and x-amz-date
  std::string payload_sha256;   // lower-case hex
};

// True if a header of that name (any case) has a secret value: a cookie, key or
// token.
bool IsSecretHeader(absl::string_view name);

// Removes dot segments and repeated slashes, as botocore. A plan's requests do
// not need it: MakeEndpoint refuses such paths.
std::string NormalizePath(absl::string_view path);

// "method\nuri\nquery\nheaders\n\nsigned\nhash"; headers lower-cased, sorted by
// name, blanks folded, repeated names joined in the order sent.
std::string CanonicalRequest(const SignedRequest& request);

// "host;x-amz-date", the names CanonicalRequest covers.
std::string SignedHeaderNames(const std::vector<Header>& headers);

// True if a header of that name (any case) reaches the server as sent and may
// be signed; false for headers that a proxy or client library changes or adds.
bool IsSignableHeader(absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_CANONICAL_REQUEST_H_
