// Credentials of a profile in AWS's shared files: keys, a role to assume, a web
// identity or a process to run. Source: AWS SDKs and Tools reference guide;
// botocore.
#ifndef INVOCATOR_COMMON_CREDENTIALS_PROFILE_CREDENTIALS_H_
#define INVOCATOR_COMMON_CREDENTIALS_PROFILE_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/aws/aws_settings.h"
#include "common/aws/credentials.h"
#include "common/credentials/source_io.h"

namespace invocator {

// Source of a profile's credentials.
enum class ProfileKind { kNone, kKeys, kRole, kWebIdentity, kProcess };

// `is_source`: another profile assumes a role with this one's credentials; its
// keys then come before its own role. FAILED_PRECONDITION for an invalid
// profile (half a key pair, a role without a source, two sources) and for an
// unsupported one (SSO, MFA); the message suggests a way out.
absl::StatusOr<ProfileKind> KindOf(const AwsProfile& profile, bool is_source);

// "role arn:... of profile dev", for people. The profile must have credentials.
std::string SourceName(const AwsSettings& settings, const std::string& name);

// NOT_FOUND if there is no profile of that name, or it has no credentials.
absl::StatusOr<FoundCredentials> FetchProfileCredentials(
    const AwsSettings& settings, const std::string& name, const SourceIo& io,
    const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_PROFILE_CREDENTIALS_H_
