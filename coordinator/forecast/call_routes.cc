#include "coordinator/forecast/call_routes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/aws/aws_host.h"
#include "common/words/listing.h"
#include "coordinator/memory/lambda_endpoint.h"

namespace invocator {
namespace {

bool GoesTo(const InstancePlan& instance, const ConfiguredEndpoint& lambda) {
  return !lambda.url.empty() && InvokeEndpointOf(instance) == lambda.url;
}

}  // namespace

std::vector<std::string> CallRoutes(const Plan& plan,
                                    const ConfiguredEndpoint& lambda) {
  if (lambda.url.empty()) return {};
  std::vector<std::string> led;
  std::vector<std::string> stay;
  for (const InstancePlan& instance : plan.instances) {
    if (GoesTo(instance, lambda)) {
      led.push_back(instance.name);
    } else if (instance.signing || IsAwsHost(instance.endpoint.host)) {
      stay.push_back(instance.name);
    }
  }
  std::vector<std::string> lines;
  if (!led.empty()) {
    lines.push_back(absl::StrCat("calls of ", FirstFew(led), " go to ",
                                 lambda.url, " (", lambda.source, ")"));
  }
  if (!stay.empty()) {
    lines.push_back(absl::StrCat(
        "calls of ", FirstFew(stay), " go to their own hosts: ", lambda.source,
        " redirects only calls of \"invoker\": \"lambda\" without a "
        "host, not function URLs and API Gateway; --endpoint-url redirects "
        "all"));
  }
  return lines;
}

std::string StandInFor(const Plan& plan, const std::string& endpoint_option,
                       const ConfiguredEndpoint& lambda) {
  if (!endpoint_option.empty()) return endpoint_option;
  if (IsAwsEndpoint(lambda.url)) return "";
  const bool any_goes = std::any_of(
      plan.instances.begin(), plan.instances.end(),
      [&](const InstancePlan& instance) { return GoesTo(instance, lambda); });
  return any_goes ? lambda.url : "";
}

}  // namespace invocator
