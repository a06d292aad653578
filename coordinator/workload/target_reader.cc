#include "coordinator/workload/target_reader.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/aws/aws_host.h"
#include "common/aws/function_name.h"

namespace invocator {
namespace {

TargetKind KindOf(const std::optional<SigningScope>& scope,
                  const Endpoint& endpoint) {
  if (!scope) return TargetKind::kHttp;
  if (scope->service == "execute-api") return TargetKind::kApiGateway;
  if (scope->service != "lambda") return TargetKind::kHttp;
  return absl::StrContains(endpoint.path,
                           absl::StrCat(kLambdaFunctionsPath, "/"))
             ? TargetKind::kLambda
             : TargetKind::kFunctionUrl;
}

InvocationType TypeOf(const InstancePlan& instance) {
  for (const auto& [name, value] : instance.headers) {
    if (!absl::EqualsIgnoreCase(name, kInvocationTypeHeader)) continue;
    if (value == "Event") return InvocationType::kEvent;
    if (value == "DryRun") return InvocationType::kDryRun;
  }
  return InvocationType::kRequestResponse;
}

}  // namespace

void ReadTarget(std::optional<TargetKind> named, InstancePlan& instance) {
  std::optional<SigningScope> scope = ScopeFromHost(instance.endpoint.host);
  if (!scope) scope = instance.signing;
  instance.target_kind = named && *named != TargetKind::kHttp
                             ? *named
                             : KindOf(scope, instance.endpoint);
  instance.invocation_type = TypeOf(instance);
  if (scope) instance.region = scope->region;
}

}  // namespace invocator
