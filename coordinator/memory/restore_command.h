// Commands that restore memory sizes, for people to paste into a shell. Pure.
#ifndef INVOCATOR_COORDINATOR_MEMORY_RESTORE_COMMAND_H_
#define INVOCATOR_COORDINATOR_MEMORY_RESTORE_COMMAND_H_

#include <cstdint>
#include <string>

#include "common/http/target_options.h"
#include "coordinator/memory/lambda_request.h"

namespace invocator {

struct RestoreOptions {
  std::string folder;
  std::string endpoint_url;  // empty: the one the run used
  TargetOptions target;
  std::string profile;  // of AWS's shared files; empty: their default
  std::string control_endpoint_url = {};  // overrides endpoint_url
};

// `invocator restore-memory` with these options.
std::string RestoreCommandLine(const RestoreOptions& options);

// The command of the AWS CLI (versions 1 and 2) that sets the size.
// `endpoint_url`: for functions without their own; empty: AWS's.
std::string AwsCommandLine(const RestoreOptions& options,
                           const LambdaFunction& function,
                           const std::string& endpoint_url, uint32_t memory_mb);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_RESTORE_COMMAND_H_
