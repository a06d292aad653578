// Parsers of credentials in JSON: answers of container agents, instance
// metadata and credential processes. Pure.
//
// Errors never quote the answer, which may hold secrets, except for a service's
// own error code and message.
#ifndef INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_ANSWER_H_
#define INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_ANSWER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"

namespace invocator {

// Size limit; a larger answer is an error.
inline constexpr size_t kMaxAnswerBytes = size_t{64} << 10;

// {"AccessKeyId","SecretAccessKey","Token","Expiration"}, of containers and
// EC2; a "Code" other than "Success" is an error. Credentials without an
// expiration never expire.
absl::StatusOr<FoundCredentials> ParseMetadataAnswer(absl::string_view json);

// {"Version":1,"AccessKeyId","SecretAccessKey","SessionToken"?,"Expiration"?},
// of a credential_process.
absl::StatusOr<FoundCredentials> ParseProcessAnswer(absl::string_view json);

// ISO 8601 with a zone, as 2026-08-30T12:36:00Z. INVALID_ARGUMENT, without
// quoting the text.
absl::StatusOr<absl::Time> ParseExpiration(absl::string_view text);

// A service's own text made fit for a message: short and escaped.
std::string Quotable(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_ANSWER_H_
