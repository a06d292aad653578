// Requests to the Security Token Service. Source: STS API reference. Pure
// except for the signer's hashing; the caller passes the time.
#ifndef INVOCATOR_COMMON_CREDENTIALS_STS_REQUEST_H_
#define INVOCATOR_COMMON_CREDENTIALS_STS_REQUEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"
#include "common/http/http_fetch.h"

namespace invocator {

struct StsTarget {
  std::string region;  // empty: the global endpoint
  std::string url;     // replaces AWS's (ServiceUrl); may be empty
};

struct RoleRequest {
  std::string role_arn;
  std::string session_name;
  std::string external_id;       // may be empty
  std::string duration_seconds;  // may be empty
};

// AssumeRole, signed with `credentials`. INVALID_ARGUMENT if the URL is not a
// ServiceUrl.
absl::StatusOr<HttpRequest> AssumeRoleRequest(const StsTarget& target,
                                              const RoleRequest& role,
                                              const Credentials& credentials,
                                              absl::Time now);

// AssumeRoleWithWebIdentity, which the token alone authorizes.
absl::StatusOr<HttpRequest> WebIdentityRequest(const StsTarget& target,
                                               const RoleRequest& role,
                                               absl::string_view token);

// A session name made from the time, for profiles that give none.
std::string DefaultSessionName(absl::Time now);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_STS_REQUEST_H_
