// Refusals of the Lambda API, in its words, statuses and headers. Source:
// Lambda API reference, errors of each call; botocore's model.
#ifndef INVOCATOR_GATEWAY_LAMBDA_ANSWERS_H_
#define INVOCATOR_GATEWAY_LAMBDA_ANSWERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/aws/function_name.h"
#include "gateway/responses.h"
#include "gateway/verifier.h"

namespace invocator {

// "arn:aws:lambda:<region>:123456789012:function:<name>"; the account is the
// one AWS's documentation uses.
std::string FunctionArn(const FunctionName& function, absl::string_view region);

// {"Type": "User", "message": <message>} with x-amzn-ErrorType.
GatewayAnswer LambdaError(int status, absl::string_view error_type,
                          absl::string_view message);

GatewayAnswer LambdaRefusal(const Refusal& refusal);  // 403
GatewayAnswer FunctionNotFound(absl::string_view arn);
// For a path or method without an operation: an XML element, unlike errors of
// operations, which are JSON.
GatewayAnswer UnknownOperation();
GatewayAnswer UpdateInProgress(absl::string_view arn);
// `reason` as CallerRateLimitExceeded or ConcurrentInvocationLimitExceeded.
GatewayAnswer RateExceeded(absl::string_view reason);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_LAMBDA_ANSWERS_H_
