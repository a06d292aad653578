// Credentials of a role, from the Security Token Service: assumed with other
// credentials, or with a web identity's token. Source: STS API reference.
#ifndef INVOCATOR_COMMON_CREDENTIALS_ROLE_CREDENTIALS_H_
#define INVOCATOR_COMMON_CREDENTIALS_ROLE_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/aws/aws_settings.h"
#include "common/aws/credentials.h"
#include "common/credentials/source_io.h"
#include "common/credentials/sts_request.h"

namespace invocator {

// STS endpoint, and the CAs trusted for it.
struct StsPlace {
  StsTarget target;
  std::string ca_file;
};

// FAILED_PRECONDITION if EndpointOf fails.
absl::StatusOr<StsPlace> StsPlaceOf(const AwsSettings& settings,
                                    const AwsProfile& profile);

// Errors: that of `place`, or one with STS's own code and message.
absl::StatusOr<FoundCredentials> AssumeRole(
    const absl::StatusOr<StsPlace>& place, const RoleRequest& role,
    const Credentials& credentials, const SourceIo& io, const GiveUp& give_up);

// The token is read from `token_file` each time.
absl::StatusOr<FoundCredentials> AssumeRoleWithWebIdentity(
    const absl::StatusOr<StsPlace>& place, const RoleRequest& role,
    const std::string& token_file, const SourceIo& io, const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_ROLE_CREDENTIALS_H_
