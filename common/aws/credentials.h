// AWS credentials. They stay in the process that reads them: never in
// messages, logs or results.
#ifndef INVOCATOR_COMMON_AWS_CREDENTIALS_H_
#define INVOCATOR_COMMON_AWS_CREDENTIALS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/environment.h"

namespace invocator {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for long-term keys

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// Credentials from a source, and their lifetime.
struct FoundCredentials {
  Credentials credentials;
  absl::Time expires_at = absl::InfiniteFuture();
  // For sources without a known expiry that may have new credentials later.
  absl::Duration ask_again_after = absl::InfiniteDuration();
};

// FAILED_PRECONDITION, naming the part but never its value, for credentials
// without key or secret, longer than any of AWS's, or with a character that no
// credential has and no header may carry (a blank, a line end, anything but
// visible ASCII).
absl::Status CheckCredentials(const Credentials& credentials);

// Enough of a key id to tell it from others: "AKIA...MPLE".
std::string ShortKeyId(absl::string_view access_key_id);

// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or, as
// older tools call it, AWS_SECURITY_TOKEN); an empty variable counts as unset.
// NOT_FOUND when neither key nor secret is set;
// FAILED_PRECONDITION, naming the variables but never their values, when one of
// the two is missing, or one fails CheckCredentials.
absl::StatusOr<Credentials> CredentialsFromEnvironment(
    const Environment& variable = ProcessVariable);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_CREDENTIALS_H_
