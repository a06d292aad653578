// Decides the answer to a request and its delay: the function's answer, a
// refusal, or the gateway's own pages. Pure: time is an argument.
//
//   /<stage>/<resource>  a function, by any method
//   /2015-03-31/functions/...  the Lambda API, see lambda_api.h
//   POST /, a form      STS, see sts_api.h
//   any, of a host *.lambda-url.*  a function, by its URL
//   GET /ping            "healthy", unsigned, as API Gateway reserves it
//   GET /_stats          counters as JSON, unsigned
//   anything else        403 Missing Authentication Token, as API Gateway says
//
// Thread-compatible.
#ifndef INVOCATOR_GATEWAY_ROUTER_H_
#define INVOCATOR_GATEWAY_ROUTER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/aws/credentials.h"
#include "gateway/front.h"
#include "gateway/function_model.h"
#include "gateway/function_registry.h"
#include "gateway/lambda_api.h"
#include "gateway/request.h"
#include "gateway/responses.h"
#include "gateway/role_sessions.h"
#include "gateway/stats.h"
#include "gateway/sts_api.h"
#include "gateway/verifier.h"

namespace invocator {

struct RouterOptions {
  // Credentials whose signatures are accepted; absent: requests need none.
  std::optional<Credentials> credentials;
  std::vector<FoundCredentials> more_credentials;  // beside those
  FunctionOptions functions;
  RegistryOptions registry;
  std::optional<RateLimit> control_throttle;
  StsOptions sts;
  // Of a function's answer; absent: a small JSON object.
  std::optional<size_t> response_bytes;
  FrontOptions front;
};

class GatewayRouter {
 public:
  explicit GatewayRouter(const RouterOptions& options);

  struct Instant {
    int64_t steady_ns = 0;
    int64_t unix_s = 0;
  };
  GatewayAnswer Handle(const ReceivedRequest& request, Instant now,
                       size_t connections_open);

  // For a request that could not be read far enough for Handle.
  GatewayAnswer HandleUnreadable(GatewayAnswer answer);

  GatewayStats& stats() { return stats_; }

 private:
  GatewayAnswer HandleLambda(LambdaOperation operation,
                             const ReceivedRequest& request, Instant now);
  GatewayAnswer HandleSts(const StsApi::Call& call,
                          const ReceivedRequest& request, Instant now);
  // nullopt if the signature is good or none is needed.
  std::optional<Refusal> Verify(const ReceivedRequest& request, Instant now,
                                absl::string_view service);
  // Of a request to a function, in the words of a REST API.
  GatewayAnswer HandleFunction(const ReceivedRequest& request, Instant now);
  GatewayAnswer Invoke(const ReceivedRequest& request, Instant now);

  const FrontOptions front_;
  RoleSessions sessions_;
  StsApi sts_;
  std::optional<Verifier> verifier_;
  FunctionRegistry registry_;
  FunctionModel functions_;
  LambdaApi lambda_;
  const std::string warm_body_;
  const std::string cold_body_;
  GatewayStats stats_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_ROUTER_H_
