#include "coordinator/workload/target_reader.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/aws/aws_host.h"
#include "common/aws/function_name.h"

namespace invocator {
namespace {

TargetKind KindOf(const SigningScope& scope, const Endpoint& endpoint) {
  if (scope.service == "execute-api") return TargetKind::kApiGateway;
  if (scope.service != "lambda") return TargetKind::kHttp;
  return absl::StrContains(endpoint.path,
                           absl::StrCat(kLambdaFunctionsPath, "/"))
             ? TargetKind::kLambda
             : TargetKind::kFunctionUrl;
}

TargetKind DecideKind(const TargetWords& words,
                      const std::optional<SigningScope>& of_host,
                      const InstancePlan& instance) {
  if (words.is_named && words.kind != TargetKind::kHttp) return words.kind;
  if (of_host) return KindOf(*of_host, instance.endpoint);
  if (!instance.signing) return TargetKind::kHttp;
  const TargetKind signed_for = KindOf(*instance.signing, instance.endpoint);
  if (words.kind != TargetKind::kHttp) return signed_for;
  // An Invoke call at a stand-in, as workload_writer has it.
  return signed_for == TargetKind::kLambda ? signed_for : TargetKind::kHttp;
}

// Only Lambda's Invoke API has dry runs; API Gateway may pass events on.
InvocationType TypeOf(const InstancePlan& instance) {
  for (const auto& [name, value] : instance.headers) {
    if (!absl::EqualsIgnoreCase(name, kInvocationTypeHeader)) continue;
    if (value == "Event") return InvocationType::kEvent;
    if (value == "DryRun" && instance.target_kind == TargetKind::kLambda) {
      return InvocationType::kDryRun;
    }
  }
  return InvocationType::kRequestResponse;
}

}  // namespace

void ReadTarget(const TargetWords& words, InstancePlan& instance) {
  const std::optional<SigningScope> of_host =
      ScopeFromHost(instance.endpoint.host);
  instance.target_kind = DecideKind(words, of_host, instance);
  instance.invocation_type = TypeOf(instance);
  if (of_host) {
    instance.region = of_host->region;
  } else if (instance.signing) {
    instance.region = instance.signing->region;
  } else if (instance.target_kind != TargetKind::kHttp) {
    instance.region = words.region;
  }
}

}  // namespace invocator
