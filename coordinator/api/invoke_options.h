// Converts the library's options to those of a run. Pure.
#ifndef INVOCATOR_COORDINATOR_API_INVOKE_OPTIONS_H_
#define INVOCATOR_COORDINATOR_API_INVOKE_OPTIONS_H_

#include "absl/status/statusor.h"
#include "coordinator/api/invoke_types.h"
#include "coordinator/run/run_options.h"

namespace invocator {

// INVALID_ARGUMENT names the option as on the command line.
absl::StatusOr<RunOptions> RunOptionsOf(const InvokeOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_API_INVOKE_OPTIONS_H_
