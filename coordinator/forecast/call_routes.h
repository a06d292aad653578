// Describes the destination of calls when a setting outside the workload
// redirects some of them away from AWS. Pure.
#ifndef INVOCATOR_COORDINATOR_FORECAST_CALL_ROUTES_H_
#define INVOCATOR_COORDINATOR_FORECAST_CALL_ROUTES_H_

#include <string>
#include <vector>

#include "common/aws/aws_settings.h"
#include "common/plan/plan.h"

namespace invocator {

// Lines for people: "calls of thumb go to http://localhost:4566
// (AWS_ENDPOINT_URL)", and a line about calls to AWS that the setting does not
// redirect. Empty if no endpoint is configured for Lambda.
std::vector<std::string> CallRoutes(const Plan& plan,
                                    const ConfiguredEndpoint& lambda);

// The endpoint that answers instead of AWS: `endpoint_option` (--endpoint-url),
// or the configured endpoint if any call goes there; empty if AWS answers.
std::string StandInFor(const Plan& plan, const std::string& endpoint_option,
                       const ConfiguredEndpoint& lambda);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_CALL_ROUTES_H_
