// The Invoke API of Lambda: synchronous calls, events and dry runs, with the
// REPORT line in the log's tail. Source: Lambda API reference, Invoke. Pure:
// time is an argument.
//
// Thread-compatible. Borrows registry and functions, which must outlive it.
#ifndef INVOCATOR_GATEWAY_LAMBDA_INVOKE_H_
#define INVOCATOR_GATEWAY_LAMBDA_INVOKE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "common/aws/function_name.h"
#include "gateway/function_model.h"
#include "gateway/function_registry.h"
#include "gateway/request.h"
#include "gateway/responses.h"

namespace invocator {

// "REPORT RequestId: ...\tDuration: ..." of a call, tab separated, as Lambda
// logs it.
std::string ReportLine(absl::string_view request_id, const FunctionCall& call,
                       uint32_t memory_mb);

class LambdaInvoke {
 public:
  // `response_bytes`: of a function's answer; absent: a small JSON object.
  LambdaInvoke(FunctionRegistry& registry, FunctionModel& functions,
               std::optional<size_t> response_bytes, uint64_t id_seed);

  GatewayAnswer Invoke(const FunctionName& function, absl::string_view region,
                       const ReceivedRequest& request, int64_t now_ns);

 private:
  FunctionRegistry& registry_;
  FunctionModel& functions_;
  const std::optional<size_t> response_bytes_;
  std::mt19937_64 ids_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_LAMBDA_INVOKE_H_
