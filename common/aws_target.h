// How AWS's own services are reached: their certificates may be those of a
// company's proxy, which AWS's tools are told by AWS_CA_BUNDLE or a profile's
// ca_bundle.
#ifndef INVOCATOR_COMMON_AWS_TARGET_H_
#define INVOCATOR_COMMON_AWS_TARGET_H_

#include "common/aws_settings.h"
#include "common/target_options.h"

namespace invocator {

// `target`, trusting the bundle in use where it does not say whom to trust.
TargetOptions AwsTarget(TargetOptions target, const AwsSettings& settings);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_TARGET_H_
