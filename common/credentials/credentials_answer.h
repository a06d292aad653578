// Credentials in the JSON that container agents, instance metadata and
// credential processes answer with. Pure.
//
// What is wrong is said without quoting the answer, which may hold secrets; a
// service's own error code and message are quoted.
#ifndef INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_ANSWER_H_
#define INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_ANSWER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"

namespace invocator {

// An answer larger than this is none.
inline constexpr size_t kMaxAnswerBytes = size_t{64} << 10;

// {"AccessKeyId","SecretAccessKey","Token","Expiration"}, of containers and
// EC2; a "Code" other than "Success" is an error. Without an expiration they
// are good for ever.
absl::StatusOr<FoundCredentials> ParseMetadataAnswer(absl::string_view json);

// {"Version":1,"AccessKeyId","SecretAccessKey","SessionToken"?,"Expiration"?},
// of a credential_process.
absl::StatusOr<FoundCredentials> ParseProcessAnswer(absl::string_view json);

// ISO 8601 with a zone, as 2026-08-30T12:36:00Z. INVALID_ARGUMENT without
// naming the text.
absl::StatusOr<absl::Time> ParseExpiration(absl::string_view text);

// What a service says about itself, fit for a message: short, escaped.
std::string Quotable(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_ANSWER_H_
