// Answers of the Security Token Service: the few elements of its XML that are
// needed. Source: STS API reference. Pure.
#ifndef INVOCATOR_COMMON_CREDENTIALS_STS_ANSWER_H_
#define INVOCATOR_COMMON_CREDENTIALS_STS_ANSWER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/aws/credentials.h"

namespace invocator {

// The Credentials element of a successful answer. INVALID_ARGUMENT, without
// quoting the answer, if there is none.
absl::StatusOr<FoundCredentials> ParseStsCredentials(absl::string_view xml);

struct StsError {
  std::string code;  // "AccessDenied"; empty if the answer has none
  std::string message;
};

// What an answer of another status than 200 says.
StsError ParseStsError(absl::string_view xml);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_STS_ANSWER_H_
