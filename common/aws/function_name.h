// Name of a Lambda function, as people and APIs write it: plain name, partial
// or full ARN, with or without a qualifier. Source: Lambda API reference,
// FunctionName. Pure.
#ifndef INVOCATOR_COMMON_AWS_FUNCTION_NAME_H_
#define INVOCATOR_COMMON_AWS_FUNCTION_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Path of the Lambda API's functions; "/" and a name follow.
inline constexpr absl::string_view kLambdaFunctionsPath =
    "/2015-03-31/functions";

// Header of a call's invocation type.
inline constexpr absl::string_view kInvocationTypeHeader =
    "X-Amz-Invocation-Type";

struct FunctionName {
  std::string name;
  std::string qualifier;  // version, alias or $LATEST; may be empty
  std::string region;     // of a full ARN, else empty
  std::string account;    // twelve digits, or empty

  friend bool operator==(const FunctionName&, const FunctionName&) = default;
};

// Reads name, name:qualifier, [account:][function:]name[:qualifier] or
// arn:aws:lambda:region:account:function:name[:qualifier]. INVALID_ARGUMENT
// names the text and the expected form.
absl::StatusOr<FunctionName> ParseFunctionName(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_FUNCTION_NAME_H_
