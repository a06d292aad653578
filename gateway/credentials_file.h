// Whose signatures the gateway accepts, from a file in the form of AWS's
// credentials file.
#ifndef INVOCATOR_GATEWAY_CREDENTIALS_FILE_H_
#define INVOCATOR_GATEWAY_CREDENTIALS_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/aws/credentials.h"

namespace invocator {

// The keys of each of its profiles; a key "expiration", as
// 2026-08-30T12:36:00Z, says until when they are accepted. Errors name the file
// and the profile.
absl::StatusOr<std::vector<FoundCredentials>> ReadCredentialsFile(
    const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_CREDENTIALS_FILE_H_
