// Web identity tokens: what a JWT (RFC 7519) says of its holder. Pure.
//
// Its signature is not verified: the gateway knows no identity provider, and
// what its keys open is a stand-in.
#ifndef INVOCATOR_GATEWAY_WEB_IDENTITY_H_
#define INVOCATOR_GATEWAY_WEB_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

struct WebIdentity {
  std::string issuer;
  std::string subject;
  std::string audience;  // the first, if there are several
  double expires_unix_s = 0;
};

// INVALID_ARGUMENT, in the words of AWS's InvalidIdentityToken and without
// quoting the token, for one that is no JWT or lacks one of these claims.
absl::StatusOr<WebIdentity> ParseWebIdentity(absl::string_view token);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_WEB_IDENTITY_H_
