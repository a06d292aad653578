// The join token, which admits a worker to a coordinator: metadata
// `authorization: Bearer <token>` of its call. A secret: never in messages,
// logs, results or command lines.
#ifndef INVOCATOR_COMMON_CHANNEL_TOKEN_H_
#define INVOCATOR_COMMON_CHANNEL_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr char kAuthorizationKey[] = "authorization";

// Reads the token from the file, or from INVOCATOR_TOKEN if `path` is empty; ""
// if neither is given. Strips trailing white space. INVALID_ARGUMENT, naming
// the source but never the value, unless it has 16 to 1024 characters, all
// visible ASCII.
absl::StatusOr<std::string> ReadToken(const std::string& path);

// The value of the metadata.
std::string BearerAuthorization(absl::string_view token);

// OK if `presented` is the metadata of `token`; empty: the call has none.
// UNAUTHENTICATED says whether it is missing or wrong. Takes the same time for
// any wrong token.
absl::Status CheckAuthorization(absl::string_view token,
                                absl::string_view presented);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CHANNEL_TOKEN_H_
