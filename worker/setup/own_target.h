// Chooses the CA certificates for this worker's calls to a plan's targets.
#ifndef INVOCATOR_WORKER_SETUP_OWN_TARGET_H_
#define INVOCATOR_WORKER_SETUP_OWN_TARGET_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/aws/aws_settings.h"
#include "common/http/target_options.h"
#include "common/plan/plan.h"

namespace invocator {

// `target`; if it has no CA file and every call of the plan is signed for AWS,
// with the bundle of AWS's settings (AWS_CA_BUNDLE, ca_bundle). That bundle
// must not decide about other hosts: if only some calls are signed, the
// system's certificates stay, and `note` says so. FAILED_PRECONDITION for an
// unusable bundle.
absl::StatusOr<TargetOptions> OwnTarget(const Plan& plan, TargetOptions target,
                                        const AwsSettings& settings,
                                        std::string& note);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_OWN_TARGET_H_
