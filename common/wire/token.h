// The join token: what a worker shows a coordinator to be let in, as the
// metadata `authorization: Bearer <token>` of its call. A secret: in no
// message, log, result or command line.
#ifndef INVOCATOR_COMMON_WIRE_TOKEN_H_
#define INVOCATOR_COMMON_WIRE_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr char kAuthorizationKey[] = "authorization";

// From the file, or from INVOCATOR_TOKEN if `path` is empty; empty if there is
// neither. White space at the end goes. INVALID_ARGUMENT, naming where it came
// from but never the value, unless it has 16 to 1024 characters, all of them
// visible ASCII.
absl::StatusOr<std::string> ReadToken(const std::string& path);

// The value of the metadata.
std::string BearerAuthorization(absl::string_view token);

// OK if `presented` is the metadata of `token`; empty: there was none.
// UNAUTHENTICATED says which it was. Takes the same time for any wrong token.
absl::Status CheckAuthorization(absl::string_view token,
                                absl::string_view presented);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_TOKEN_H_
