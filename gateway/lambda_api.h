// Routes requests of the Lambda API by path, to control or Invoke. Pure: time
// is an argument.
//
//   GET  /2015-03-31/functions/{name}                 GetFunction
//   GET  /2015-03-31/functions/{name}/configuration   GetFunctionConfiguration
//   PUT  /2015-03-31/functions/{name}/configuration UpdateFunctionConfiguration
//   POST /2015-03-31/functions/{name}/invocations     Invoke
//
// All paths that begin with a date belong to Lambda: each version of a part of
// its API has one. Unknown operations are refused before the signature is
// verified.
//
// Thread-compatible.
#ifndef INVOCATOR_GATEWAY_LAMBDA_API_H_
#define INVOCATOR_GATEWAY_LAMBDA_API_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "gateway/function_model.h"
#include "gateway/function_registry.h"
#include "gateway/lambda_control.h"
#include "gateway/lambda_invoke.h"
#include "gateway/request.h"
#include "gateway/responses.h"
#include "gateway/token_bucket.h"

namespace invocator {

enum class LambdaOperation {
  kGetFunction,
  kGetConfiguration,
  kUpdateConfiguration,
  kInvoke,
  kUnknown,
};

absl::string_view LambdaOperationName(LambdaOperation operation);

class LambdaApi {
 public:
  struct Options {
    std::optional<RateLimit> control_throttle;  // of control calls
    std::optional<size_t> response_bytes;
    uint64_t id_seed = 1;
  };
  // Borrows registry and functions, which must outlive it.
  LambdaApi(const Options& options, FunctionRegistry& registry,
            FunctionModel& functions);

  // nullopt: the path is not the Lambda API's.
  static std::optional<LambdaOperation> OperationOf(absl::string_view method,
                                                    absl::string_view path);

  // `region`: for ARNs. REQUIRES: OperationOf(...) == operation
  GatewayAnswer Handle(LambdaOperation operation,
                       const ReceivedRequest& request, absl::string_view region,
                       int64_t now_ns, int64_t unix_s);

 private:
  LambdaControl control_;
  LambdaInvoke invoke_;
  std::optional<TokenBucket> control_throttle_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_LAMBDA_API_H_
