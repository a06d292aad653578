// Keys whose signatures the gateway accepts, read from a file in the format of
// AWS's credentials file.
#ifndef INVOCATOR_GATEWAY_CREDENTIALS_FILE_H_
#define INVOCATOR_GATEWAY_CREDENTIALS_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/aws/credentials.h"

namespace invocator {

// The keys of each profile, accepted until its "expiration", such as
// 2026-08-30T12:36:00Z, if it has one. Errors name the file and the profile.
absl::StatusOr<std::vector<FoundCredentials>> ReadCredentialsFile(
    const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_CREDENTIALS_FILE_H_
