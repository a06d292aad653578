// Web identity tokens: a JWT's (RFC 7519) claims about its holder. Pure.
//
// Its signature is not verified: the gateway knows no identity provider, and
// its keys open only a stand-in.
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
// quoting the token, for a token that is not a JWT or lacks one of these
// claims.
absl::StatusOr<WebIdentity> ParseWebIdentity(absl::string_view token);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_WEB_IDENTITY_H_
