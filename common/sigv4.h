// AWS Signature Version 4 in request headers, for every service but S3.
// Source: IAM user guide "create a signed request"; AWS-FACTS 1.
//
// Pure but for OpenSSL's hashing; time comes in as an argument. All functions
// are safe to call from any thread; Signer is thread-compatible.
#ifndef INVOCATOR_COMMON_SIGV4_H_
#define INVOCATOR_COMMON_SIGV4_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/credentials.h"
#include "common/endpoint.h"

namespace invocator {

using Header = std::pair<std::string, std::string>;

// What a signature covers. Path and query are those of the wire: normalised
// already (no dot segments, no "//") and percent-encoded.
struct SignedRequest {
  std::string method;
  std::string path;
  std::string query;            // without '?'
  std::vector<Header> headers;  // as sent; must hold host, and x-amz-date
  std::string payload_sha256;   // lower-case hex
};

// Removes dot segments and repeated slashes (AWS-FACTS 1.3). Requests of a plan
// need it not: MakeEndpoint refuses such paths.
std::string NormalizePath(absl::string_view path);

// "method\nuri\nquery\nheaders\n\nsigned\nhash"; headers lower-cased, sorted by
// name, blanks folded, repeated names joined in the order sent.
std::string CanonicalRequest(const SignedRequest& request);

// "host;x-amz-date", the names CanonicalRequest covers.
std::string SignedHeaderNames(const std::vector<Header>& headers);

// "AWS4-HMAC-SHA256\n<amz_date>\n<date>/<region>/<service>/aws4_request\n<hash>"
std::string StringToSign(absl::string_view amz_date, const SigningScope& scope,
                         absl::string_view canonical_request);

// YYYYMMDDTHHMMSSZ, UTC.
std::string FormatAmzDate(absl::Time wall);

// Signs, and keeps the derived key of each (date, region, service) until the
// day or the credentials change (AWS-FACTS 1.13).
class Signer {
 public:
  explicit Signer(Credentials credentials);

  const Credentials& credentials() const { return credentials_; }
  void set_credentials(Credentials credentials);

  // Lower-case hex signature of a string to sign of that date and scope.
  std::string Sign(absl::string_view amz_date, const SigningScope& scope,
                   absl::string_view string_to_sign);

 private:
  struct Key {
    std::string date;  // YYYYMMDD
    SigningScope scope;
    std::string bytes;
  };
  const std::string& DerivedKey(absl::string_view date,
                                const SigningScope& scope);

  Credentials credentials_;
  std::vector<Key> keys_;  // few: one per scope of the plan
};

// One request, prepared to be signed again and again: all but the date is laid
// out once, and the finished headers are kept for the second they are valid
// for, since a second's signatures of one request are equal (AWS-FACTS 1.14).
//
// Thread-compatible. Borrows the signer, which must outlive it.
class PreparedSignature {
 public:
  // `headers`: those to be signed beside host, x-amz-date and
  // x-amz-security-token, which are added. `host` goes into the signature.
  PreparedSignature(Signer& signer, SigningScope scope,
                    absl::string_view method, const Endpoint& endpoint,
                    std::vector<Header> headers,
                    absl::string_view payload_sha256);

  struct Stamp {
    std::string amz_date;
    std::string authorization;  // the value of the Authorization header
  };

  // The headers for a request sent at `unix_s` (seconds since 1970, UTC). The
  // reference is valid until the next call.
  const Stamp& At(int64_t unix_s);

 private:
  Signer& signer_;
  SigningScope scope_;
  std::string before_date_;  // of the canonical request
  std::string after_date_;
  std::string signed_headers_;
  int64_t stamped_unix_s_ = -1;
  Stamp stamp_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_SIGV4_H_
