// The AWS prices that apply to an instance's requests. Pure.
#ifndef INVOCATOR_COORDINATOR_COST_CHARGE_H_
#define INVOCATOR_COORDINATOR_COST_CHARGE_H_

#include "common/plan/plan.h"

namespace invocator {

enum class Charge {
  kNone,         // not AWS's, or a dry run
  kApiGateway,   // a request of API Gateway and one of the function behind it
  kLambda,       // the Invoke API: a request of Lambda
  kFunctionUrl,  // a request of Lambda
};

Charge ChargeOf(const InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_COST_CHARGE_H_
