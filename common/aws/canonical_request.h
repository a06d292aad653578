// The canonical request of AWS Signature Version 4: the one text that client
// and server make of a request, whatever its header order, case and escapes.
// Source: IAM user guide, "Create a signed AWS API request"; botocore where
// that leaves it open. Pure.
#ifndef INVOCATOR_COMMON_AWS_CANONICAL_REQUEST_H_
#define INVOCATOR_COMMON_AWS_CANONICAL_REQUEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/http/http_syntax.h"

namespace invocator {

// What a signature covers. Path and query are those of the wire: normalised
// already (no dot segments, no "//") and percent-encoded.
struct SignedRequest {
  std::string method;
  std::string path;
  std::string query;            // without '?'
  std::vector<Header> headers;  // as sent; must hold host, and x-amz-date
  std::string payload_sha256;   // lower-case hex
};

// Whether the value of a header with that name, in any case, is nobody's to
// see: of cookies, keys and tokens.
bool IsSecretHeader(absl::string_view name);

// Removes dot segments and repeated slashes, as botocore. Requests of a plan
// need it not: MakeEndpoint refuses such paths.
std::string NormalizePath(absl::string_view path);

// "method\nuri\nquery\nheaders\n\nsigned\nhash"; headers lower-cased, sorted by
// name, blanks folded, repeated names joined in the order sent.
std::string CanonicalRequest(const SignedRequest& request);

// "host;x-amz-date", the names CanonicalRequest covers.
std::string SignedHeaderNames(const std::vector<Header>& headers);

// Whether a header reaches the server as it was sent, so that it may be signed;
// not those that a proxy or client library changes or adds.
// `name` in any case.
bool IsSignableHeader(absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_CANONICAL_REQUEST_H_
