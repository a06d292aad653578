// Finds the endpoints for calls of Lambda's API: AWS or a stand-in. Pure.
//
// An endpoint is a URL from ServiceUrl::ToString, so that equal text means the
// same place. Empty: AWS's endpoint of the function's region.
#ifndef INVOCATOR_COORDINATOR_MEMORY_LAMBDA_ENDPOINT_H_
#define INVOCATOR_COORDINATOR_MEMORY_LAMBDA_ENDPOINT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/aws/aws_settings.h"
#include "common/plan/plan.h"

namespace invocator {

// The endpoint of an instance's Invoke calls, never empty; nullopt for an
// instance that makes other calls.
std::optional<std::string> InvokeEndpointOf(const InstancePlan& instance);

// `endpoint_url`, or AWS's endpoint of `region` if it is empty.
std::string CompleteEndpoint(const std::string& endpoint_url,
                             absl::string_view region);

// True for all of AWS's endpoints: regional, FIPS, VPC.
bool IsAwsEndpoint(absl::string_view endpoint_url);
// True for a loopback address: a stand-in on this machine.
bool IsLoopbackEndpoint(absl::string_view endpoint_url);

// Destination of control calls.
struct ControlEndpoint {
  std::string url;
  bool is_option = false;  // from the command line: for all functions
};

// --control-endpoint-url, else --endpoint-url (empty: not given), else Lambda's
// EndpointInUse. INVALID_ARGUMENT, naming the source.
absl::StatusOr<ControlEndpoint> FindControlEndpoint(
    const std::string& control_option, const std::string& endpoint_option,
    const AwsSettings& settings);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_LAMBDA_ENDPOINT_H_
