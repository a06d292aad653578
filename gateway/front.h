// API Gateway's front of a function: access, time limit, and wording of
// failures. Pure.
#ifndef INVOCATOR_GATEWAY_FRONT_H_
#define INVOCATOR_GATEWAY_FRONT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/responses.h"

namespace invocator {

struct FrontOptions {
  // An HTTP API instead of a REST API.
  bool http_api = false;
  // A function that takes longer gets 504 after this time.
  std::optional<absl::Duration> integration_timeout;
  // Functions, by name, that nobody may invoke.
  std::vector<std::string> denied;
  // Header in which functions report cold starts; empty: none.
  std::string cold_start_header;
};

// 403 AccessDeniedException, as IAM words it for execute-api:Invoke.
GatewayAnswer AccessDenied(absl::string_view region, absl::string_view method,
                           absl::string_view path);

// 504 Endpoint request timed out (INTEGRATION_TIMEOUT).
GatewayAnswer IntegrationTimeout();

// Rewords a REST API's answer as an HTTP API's, which gives no reasons. A
// function's own answer stays as it is, except for the ids beside it.
void SayAsHttpApi(GatewayAnswer& answer);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_FRONT_H_
