#include "coordinator/cost/charge.h"

namespace invocator {

Charge ChargeOf(const InstancePlan& instance) {
  switch (instance.target_kind) {
    case TargetKind::kApiGateway:
      return Charge::kApiGateway;
    case TargetKind::kLambda:
      return instance.invocation_type == InvocationType::kDryRun
                 ? Charge::kNone
                 : Charge::kLambda;
    case TargetKind::kFunctionUrl:
      return Charge::kFunctionUrl;
    case TargetKind::kHttp:
      return Charge::kNone;
  }
  return Charge::kNone;
}

}  // namespace invocator
