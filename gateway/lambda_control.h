// The part of the Lambda control API that reads a function's configuration and
// sets its memory size. Source: Lambda API reference, GetFunctionConfiguration
// and UpdateFunctionConfiguration. Pure: time is an argument.
//
// Thread-compatible. Borrows the registry, which must outlive it.
#ifndef INVOCATOR_GATEWAY_LAMBDA_CONTROL_H_
#define INVOCATOR_GATEWAY_LAMBDA_CONTROL_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/aws/function_name.h"
#include "gateway/function_registry.h"
#include "gateway/responses.h"

namespace invocator {

class LambdaControl {
 public:
  explicit LambdaControl(FunctionRegistry& registry) : registry_(registry) {}

  // All of them: 404 for an unknown function or qualifier.
  GatewayAnswer GetFunction(const FunctionName& function,
                            absl::string_view region, int64_t now_ns) const;
  GatewayAnswer GetConfiguration(const FunctionName& function,
                                 absl::string_view region,
                                 int64_t now_ns) const;
  // Takes MemorySize and RevisionId; 400 for anything else, 409 while an update
  // is in progress, 412 if the revision differs.
  GatewayAnswer UpdateConfiguration(const FunctionName& function,
                                    absl::string_view region,
                                    absl::string_view body, int64_t now_ns,
                                    int64_t unix_s);

 private:
  FunctionRegistry& registry_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_LAMBDA_CONTROL_H_
