#include "coordinator/memory/lambda_endpoint.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/aws/aws_host.h"
#include "common/aws/function_name.h"
#include "common/http/address.h"
#include "common/http/service_url.h"

namespace invocator {

std::optional<std::string> InvokeEndpointOf(const InstancePlan& instance) {
  if (instance.target_kind != TargetKind::kLambda) return std::nullopt;
  const Endpoint& endpoint = instance.endpoint;
  const size_t base_bytes =
      endpoint.path.find(absl::StrCat(kLambdaFunctionsPath, "/"));
  return ServiceUrl{instance.plain_http, endpoint.host,
                    endpoint.path.substr(0, base_bytes)}
      .ToString();
}

std::string CompleteEndpoint(const std::string& endpoint_url,
                             absl::string_view region) {
  if (!endpoint_url.empty()) return endpoint_url;
  return ServiceUrl{false, ServiceHost("lambda", region), ""}.ToString();
}

bool IsAwsEndpoint(absl::string_view endpoint_url) {
  if (endpoint_url.empty()) return true;
  const absl::StatusOr<ServiceUrl> url = ParseServiceUrl(endpoint_url);
  return url.ok() && ScopeFromHost(url->host).has_value();
}

bool IsLoopbackEndpoint(absl::string_view endpoint_url) {
  const absl::StatusOr<ServiceUrl> url = ParseServiceUrl(endpoint_url);
  if (!url.ok()) return false;
  const absl::StatusOr<Address> address =
      ParseAddress(url->host, /*default_port=*/80);
  return address.ok() && IsLoopbackHost(address->host);
}

absl::StatusOr<ControlEndpoint> FindControlEndpoint(
    const std::string& control_option, const std::string& endpoint_option,
    const AwsSettings& settings) {
  const bool has_own = !control_option.empty();
  const std::string& option = has_own ? control_option : endpoint_option;
  if (option.empty()) {
    absl::StatusOr<ConfiguredEndpoint> found =
        EndpointInUse(settings, "lambda");
    if (!found.ok()) return found.status();
    return ControlEndpoint{std::move(found->url), false};
  }
  const absl::StatusOr<ServiceUrl> url = ParseServiceUrl(option);
  if (url.ok()) return ControlEndpoint{url->ToString(), true};
  return absl::InvalidArgumentError(
      absl::StrCat(has_own ? "--control-endpoint-url" : "--endpoint-url", ": ",
                   url.status().message()));
}

}  // namespace invocator
