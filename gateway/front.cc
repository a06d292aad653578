#include "gateway/front.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gateway/account.h"

namespace invocator {

GatewayAnswer AccessDenied(absl::string_view region, absl::string_view method,
                           absl::string_view path) {
  const size_t stage_end = std::min(path.find('/', 1), path.size());
  return ErrorAnswer(
      403, "AccessDeniedException",
      absl::StrCat("User: ", kUserArn,
                   " is not authorized to perform: execute-api:Invoke on "
                   "resource: arn:aws:execute-api:",
                   region, ":********9012:abc123", path.substr(0, stage_end),
                   "/", method, path.substr(stage_end)));
}

GatewayAnswer IntegrationTimeout() {
  return ErrorAnswer(504, "InternalServerErrorException",
                     "Endpoint request timed out");
}

void SayAsHttpApi(GatewayAnswer& answer) {
  answer.front = GatewayAnswer::Front::kHttpApi;
  if (answer.error_type.empty()) return;
  answer.error_type.clear();
  struct Words {
    int rest_status;
    int status;
    const char* message;
  };
  static constexpr Words kWords[] = {
      {403, 403, "Forbidden"},
      {429, 429, "Too Many Requests"},
      {500, 503, "Service Unavailable"},    // throttled by Lambda
      {502, 500, "Internal Server Error"},  // the function failed
      {504, 503, "Service Unavailable"},    // it took too long
  };
  for (const Words& words : kWords) {
    if (answer.status != words.rest_status) continue;
    answer.status = words.status;
    answer.body = absl::StrCat("{\"message\":\"", words.message, "\"}");
    return;
  }
}

}  // namespace invocator
