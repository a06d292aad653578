// AWS credentials. They stay in the process that reads them: never in
// messages, logs or results.
#ifndef INVOCATOR_COMMON_CREDENTIALS_H_
#define INVOCATOR_COMMON_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"

namespace invocator {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for long-term keys

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; an
// empty variable counts as unset (AWS-FACTS 7.2). FAILED_PRECONDITION, naming
// the variables but never their values, when the key or its secret is missing,
// or when one holds a character that no credential has and no header may carry
// (a blank, a line end, anything but visible ASCII).
absl::StatusOr<Credentials> CredentialsFromEnvironment();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_H_
