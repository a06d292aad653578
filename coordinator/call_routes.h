// Says where calls go when a setting beside the workload leads some of them to
// another place than AWS. Pure.
#ifndef INVOCATOR_COORDINATOR_CALL_ROUTES_H_
#define INVOCATOR_COORDINATOR_CALL_ROUTES_H_

#include <string>
#include <vector>

#include "common/aws_settings.h"
#include "common/plan.h"

namespace invocator {

// Lines for people: "calls of thumb go to http://localhost:4566
// (AWS_ENDPOINT_URL)", and which calls to AWS do not, though somebody who set
// that may think so. Empty if no endpoint is configured for Lambda.
std::vector<std::string> CallRoutes(const Plan& plan,
                                    const ConfiguredEndpoint& lambda);

// What answers instead of AWS: `endpoint_option` (--endpoint-url), or the
// configured endpoint if any call goes there; empty if AWS does.
std::string StandInFor(const Plan& plan, const std::string& endpoint_option,
                       const ConfiguredEndpoint& lambda);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CALL_ROUTES_H_
