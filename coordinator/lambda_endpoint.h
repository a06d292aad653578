// Places where Lambda's API is asked: AWS itself, or what stands in for it.
// Pure.
//
// An endpoint is a URL as of ServiceUrl::ToString, so that two of them are
// equal or different places; empty: AWS's own of the function's region.
#ifndef INVOCATOR_COORDINATOR_LAMBDA_ENDPOINT_H_
#define INVOCATOR_COORDINATOR_LAMBDA_ENDPOINT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/aws_settings.h"
#include "common/plan.h"

namespace invocator {

// The endpoint an instance calls Invoke of; nullopt for an instance that calls
// something else. Never empty.
std::optional<std::string> InvokeEndpointOf(const InstancePlan& instance);

// The same place, never empty.
std::string CompleteEndpoint(const std::string& endpoint_url,
                             absl::string_view region);

// True for AWS itself, in whatever form: regional, FIPS, VPC endpoints.
bool IsAwsEndpoint(absl::string_view endpoint_url);
// True for one that can only be on this machine.
bool IsLoopbackEndpoint(absl::string_view endpoint_url);

// Where control calls go.
struct ControlEndpoint {
  std::string url;
  bool is_option = false;  // of all functions, whatever their instances say
};

// --control-endpoint-url, --endpoint-url (empty: not given), else as EndpointOf
// says of Lambda and the profile in use. INVALID_ARGUMENT, naming the source.
absl::StatusOr<ControlEndpoint> FindControlEndpoint(
    const std::string& control_option, const std::string& endpoint_option,
    const AwsSettings& settings);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_LAMBDA_ENDPOINT_H_
