#include "coordinator/cost/charge.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/aws/aws_host.h"

namespace invocator {
namespace {

constexpr absl::string_view kInvokePath = "/2015-03-31/functions/";

bool IsDryRun(const InstancePlan& instance) {
  return std::any_of(
      instance.headers.begin(), instance.headers.end(), [](const auto& header) {
        return absl::EqualsIgnoreCase(header.first, "x-amz-invocation-type") &&
               header.second == "DryRun";
      });
}

// What AWS's own host name says, else what requests are signed for.
std::optional<SigningScope> ScopeOf(const InstancePlan& instance) {
  std::optional<SigningScope> scope = ScopeFromHost(instance.endpoint.host);
  return scope ? scope : instance.signing;
}

}  // namespace

Charge ChargeOf(const InstancePlan& instance) {
  const std::optional<SigningScope> scope = ScopeOf(instance);
  if (!scope) return Charge::kNone;
  if (scope->service == "execute-api") return Charge::kApiGateway;
  if (scope->service != "lambda") return Charge::kNone;
  if (!absl::StrContains(instance.endpoint.path, kInvokePath)) {
    return Charge::kFunctionUrl;
  }
  return IsDryRun(instance) ? Charge::kNone : Charge::kLambda;
}

std::string RegionOf(const InstancePlan& instance) {
  const std::optional<SigningScope> scope = ScopeOf(instance);
  return scope ? scope->region : "";
}

}  // namespace invocator
