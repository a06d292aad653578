// Connection options for AWS's own services. Where a company's proxy replaces
// their certificates, AWS_CA_BUNDLE or a profile's ca_bundle names the CAs.
#ifndef INVOCATOR_COMMON_AWS_AWS_TARGET_H_
#define INVOCATOR_COMMON_AWS_AWS_TARGET_H_

#include "common/aws/aws_settings.h"
#include "common/http/target_options.h"

namespace invocator {

// `target`, with the CA bundle of the profile in use if it has no CA file.
TargetOptions AwsTarget(TargetOptions target, const AwsSettings& settings);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_AWS_TARGET_H_
