// AWS host names: recognized, and made from a region. Pure.
#ifndef INVOCATOR_COMMON_AWS_HOST_H_
#define INVOCATOR_COMMON_AWS_HOST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// True for an AWS domain in lower case, such as "amazonaws.com".
bool IsAwsDomain(absl::string_view domain);

// True for a name within an AWS domain, in any case, with or without a port,
// and for a name that ScopeFromHost recognizes.
bool IsAwsHost(absl::string_view host);

// Default host of a service in a region: <service>.<region>.amazonaws.com, or
// in the domain of the region's partition (botocore's endpoints.json).
std::string ServiceHost(absl::string_view service, absl::string_view region);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_HOST_H_
