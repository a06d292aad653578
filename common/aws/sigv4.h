// AWS Signature Version 4 in request headers, for every service but S3.
// Source: IAM user guide, "Create a signed AWS API request".
//
// Pure except for OpenSSL's hashing; the caller passes the time. The functions
// are safe to call from any thread; the classes are thread-compatible.
#ifndef INVOCATOR_COMMON_AWS_SIGV4_H_
#define INVOCATOR_COMMON_AWS_SIGV4_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/canonical_request.h"
#include "common/aws/credentials.h"
#include "common/base/sha256.h"
#include "common/http/endpoint.h"

namespace invocator {

// "AWS4-HMAC-SHA256\n<amz_date>\n<date>/<region>/<service>/aws4_request\n<hash>"
std::string StringToSign(absl::string_view amz_date, const SigningScope& scope,
                         absl::string_view canonical_request);

// YYYYMMDDTHHMMSSZ, UTC. For years 0 to 9999.
std::string FormatAmzDate(absl::Time wall);

// Signer that keeps the derived key of each (region, service) until the day or
// the credentials change.
class Signer {
 public:
  // Limit on kept scopes; a server's come from its clients.
  static constexpr size_t kMaxKeys = 64;

  explicit Signer(Credentials credentials);

  const Credentials& credentials() const { return credentials_; }
  void set_credentials(Credentials credentials);
  // Number of set_credentials calls. Headers laid out for another generation
  // hold an outdated key id and session token.
  uint64_t generation() const { return generation_; }

  // Lower-case hex signature of a string to sign with that date and scope.
  // REQUIRES: amz_date begins with YYYYMMDD.
  std::string Sign(absl::string_view amz_date, const SigningScope& scope,
                   absl::string_view string_to_sign);

  // The key of `date` (YYYYMMDD) and scope. Valid until the next call.
  const HmacKey& DerivedKey(absl::string_view date, const SigningScope& scope);

 private:
  struct Key {
    std::string date;
    SigningScope scope;
    HmacKey hmac;
  };

  Credentials credentials_;
  uint64_t generation_ = 0;
  std::vector<Key> keys_;  // one per scope, oldest first
};

// A request prepared for repeated signing. Everything but the date is laid out
// once. The finished headers are reused within their second, since a second's
// signatures of one request are equal.
// Borrows the signer, which must outlive it.
class PreparedSignature {
 public:
  // `headers`: the headers sent besides host, x-amz-date and
  // x-amz-security-token, which are added. Signs the signable ones and skips
  // the others, as well as any Host, X-Amz-Date, X-Amz-Security-Token or
  // Authorization.
  PreparedSignature(Signer& signer, SigningScope scope,
                    absl::string_view method, const Endpoint& endpoint,
                    std::vector<Header> headers,
                    absl::string_view payload_sha256);

  struct Stamp {
    std::string amz_date;
    std::string authorization;  // the value of the Authorization header
  };

  // The headers for a request sent at `unix_s` (seconds since 1970, UTC). The
  // reference is valid until the next call, and stays the same for one second
  // and one generation of credentials. If the signer's credentials have a
  // session token, send it as x-amz-security-token.
  //
  // In the same second this compares two numbers; in a new one it computes one
  // SHA-256 and one HMAC, and allocates nothing unless the day is new too.
  const Stamp& At(int64_t unix_s);

  // The canonical request signed for that second, with kMaskedToken in place of
  // a session token. For people.
  std::string MaskedCanonicalRequest(int64_t unix_s) const;

 private:
  void LayOut();
  void Restamp(int64_t unix_s);

  Signer& signer_;
  SigningScope scope_;
  SignedRequest request_;  // without date and token
  uint64_t generation_ = 0;
  std::optional<int64_t> stamped_unix_s_;
  Stamp stamp_;
  // Laid out once for each generation; Restamp overwrites dates and hashes in
  // place.
  std::string canonical_;
  size_t canonical_date_at_ = 0;
  std::string string_to_sign_;
  size_t authorization_date_at_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_SIGV4_H_
