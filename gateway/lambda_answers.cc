#include "gateway/lambda_answers.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "gateway/account.h"

namespace invocator {
namespace {

GatewayAnswer WithBody(int status, absl::string_view error_type,
                       const nlohmann::json& body) {
  GatewayAnswer answer;
  answer.status = status;
  answer.error_type = std::string(error_type);
  answer.front = GatewayAnswer::Front::kLambda;
  // What is quoted from a request need not be UTF-8.
  answer.body =
      body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return answer;
}

}  // namespace

std::string FunctionArn(const FunctionName& function,
                        absl::string_view region) {
  return absl::StrCat("arn:aws:lambda:", region, ":", kAccount,
                      ":function:", function.name);
}

GatewayAnswer LambdaError(int status, absl::string_view error_type,
                          absl::string_view message) {
  return WithBody(status, error_type,
                  {{"Type", status < 500 ? "User" : "Service"},
                   {"message", std::string(message)}});
}

GatewayAnswer LambdaRefusal(const Refusal& refusal) {
  return WithBody(403, refusal.error_type, {{"message", refusal.message}});
}

GatewayAnswer FunctionNotFound(absl::string_view arn) {
  return WithBody(404, "ResourceNotFoundException",
                  {{"Type", "User"},
                   {"Message", absl::StrCat("Function not found: ", arn)}});
}

GatewayAnswer UnknownOperation() {
  GatewayAnswer answer;
  answer.status = 404;
  answer.error_type = "UnknownOperationException";
  answer.front = GatewayAnswer::Front::kLambda;
  answer.content_type = "application/xml";
  answer.body = "<UnknownOperationException/>\n";
  return answer;
}

GatewayAnswer UpdateInProgress(absl::string_view arn) {
  return LambdaError(
      409, "ResourceConflictException",
      absl::StrCat("The operation cannot be performed at this time. An update "
                   "is in progress for resource: ",
                   arn));
}

GatewayAnswer RateExceeded(absl::string_view reason) {
  return WithBody(429, "TooManyRequestsException",
                  {{"Reason", std::string(reason)},
                   {"Type", "User"},
                   {"message", "Rate exceeded"}});
}

}  // namespace invocator
