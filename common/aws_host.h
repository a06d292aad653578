// Recognizes host names of AWS's. Pure.
#ifndef INVOCATOR_COMMON_AWS_HOST_H_
#define INVOCATOR_COMMON_AWS_HOST_H_

#include "absl/strings/string_view.h"

namespace invocator {

// True for one of AWS's domains, "amazonaws.com", in lower case.
bool IsAwsDomain(absl::string_view domain);

// True for a name within one of them, in any case and with or without a port,
// and for one that ScopeFromHost knows.
bool IsAwsHost(absl::string_view host);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_HOST_H_
