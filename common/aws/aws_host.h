// AWS host names: recognition, and construction from a region. Pure.
#ifndef INVOCATOR_COMMON_AWS_AWS_HOST_H_
#define INVOCATOR_COMMON_AWS_AWS_HOST_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/http/endpoint.h"

namespace invocator {

// Region and service named by an AWS host name, in any case and with or without
// a port; or nullopt.
std::optional<SigningScope> ScopeFromHost(absl::string_view host);

// True for a name within an AWS domain, in any case, with or without a port,
// and for a name that ScopeFromHost recognizes.
bool IsAwsHost(absl::string_view host);

// Default host of a service in a region: <service>.<region>.amazonaws.com, or
// in the domain of the region's partition (botocore's endpoints.json).
std::string ServiceHost(absl::string_view service, absl::string_view region);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_AWS_HOST_H_
