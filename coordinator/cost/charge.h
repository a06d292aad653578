// AWS's prices that apply to an instance's requests. The endpoint decides, as
// it decides what AWS charges, however the workload came to name it. Pure.
#ifndef INVOCATOR_COORDINATOR_COST_CHARGE_H_
#define INVOCATOR_COORDINATOR_COST_CHARGE_H_

#include <string>

#include "common/plan/plan.h"

namespace invocator {

enum class Charge {
  kNone,         // not AWS's as far as one can see, or a dry run
  kApiGateway,   // a request of API Gateway and one of the function behind it
  kLambda,       // the Invoke API: a request of Lambda
  kFunctionUrl,  // a request of Lambda
};

// API Gateway and function URLs are known by AWS's host names, and, behind a
// custom domain, by the service that requests are signed for.
Charge ChargeOf(const InstancePlan& instance);

// The region whose prices apply; may be empty.
std::string RegionOf(const InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_COST_CHARGE_H_
