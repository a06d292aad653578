// Request to STS for a role: the role, the session's name and its lifetime.
// Pure.
#ifndef INVOCATOR_GATEWAY_ASKED_ROLE_H_
#define INVOCATOR_GATEWAY_ASKED_ROLE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/form.h"

namespace invocator {

struct AskedRole {
  std::string arn;   // arn:<partition>:iam::<account>:role/<path><name>
  std::string name;  // the last part of it
  // arn:<partition>:sts::<account>:assumed-role/<name>/<session name>
  std::string session_arn;
  absl::Duration life;  // whole seconds
};

// Reads RoleArn, RoleSessionName and DurationSeconds (900 .. 43200, by default
// 3600). INVALID_ARGUMENT, in the words of AWS's ValidationError, for the first
// of them that is absent or invalid.
absl::StatusOr<AskedRole> ReadAskedRole(const Form& form);

// INVALID_ARGUMENT in those words for an absent parameter.
absl::Status MissingParameter(absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_ASKED_ROLE_H_
