// Parsers of the Security Token Service's XML answers, for the few elements
// needed. Source: STS API reference. Pure.
#ifndef INVOCATOR_COMMON_CREDENTIALS_STS_ANSWER_H_
#define INVOCATOR_COMMON_CREDENTIALS_STS_ANSWER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/aws/credentials.h"

namespace invocator {

// The Credentials element of a successful answer. INVALID_ARGUMENT, without
// quoting the answer, if it is missing.
absl::StatusOr<FoundCredentials> ParseStsCredentials(absl::string_view xml);

struct StsError {
  std::string code;  // "AccessDenied"; empty if the answer has none
  std::string message;
};

// The error in an answer whose status is not 200.
StsError ParseStsError(absl::string_view xml);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_STS_ANSWER_H_
