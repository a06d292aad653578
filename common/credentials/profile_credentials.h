// Credentials as a profile of AWS's shared files says: keys, a role to assume,
// a web identity or a process to run. Source: AWS SDKs and Tools reference
// guide; botocore.
#ifndef INVOCATOR_COMMON_CREDENTIALS_PROFILE_CREDENTIALS_H_
#define INVOCATOR_COMMON_CREDENTIALS_PROFILE_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/aws/aws_settings.h"
#include "common/aws/credentials.h"
#include "common/credentials/source_io.h"

namespace invocator {

// What a profile's credentials come from.
enum class ProfileKind { kNone, kKeys, kRole, kWebIdentity, kProcess };

// `is_source`: of a role that another profile assumes; then its keys come
// before its own role. FAILED_PRECONDITION for a profile that asks for what
// cannot be (half a pair, a role without a source, two sources) or is not done
// here (SSO, MFA), with what can be done instead.
absl::StatusOr<ProfileKind> KindOf(const AwsProfile& profile, bool is_source);

// "role arn:... of profile dev": for people, of a profile that has credentials.
std::string SourceName(const AwsSettings& settings, const std::string& name);

// NOT_FOUND if there is no profile of that name, or it has no credentials.
absl::StatusOr<FoundCredentials> FetchProfileCredentials(
    const AwsSettings& settings, const std::string& name, const SourceIo& io,
    const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_PROFILE_CREDENTIALS_H_
