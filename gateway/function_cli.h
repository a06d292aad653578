// Options of the functions behind the gateway: latency, failures, limits.
#ifndef INVOCATOR_GATEWAY_FUNCTION_CLI_H_
#define INVOCATOR_GATEWAY_FUNCTION_CLI_H_

#include <CLI/CLI.hpp>

#include "gateway/function_model.h"

namespace invocator {

// Borrows `functions` until `app` has parsed.
void AddFunctionOptions(CLI::App& app, FunctionOptions& functions);

// Throws CLI::ValidationError for options that contradict each other. Call it
// once `app` has parsed.
void CheckFunctionOptions(const FunctionOptions& functions);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_FUNCTION_CLI_H_
