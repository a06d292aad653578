// How this worker reaches the targets of a plan.
#ifndef INVOCATOR_WORKER_OWN_TARGET_H_
#define INVOCATOR_WORKER_OWN_TARGET_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/aws_settings.h"
#include "common/plan.h"
#include "common/target_options.h"

namespace invocator {

// `target`; and where that does not say whom to trust, the certificates AWS's
// tools are told to trust (AWS_CA_BUNDLE, ca_bundle), if every call of the plan
// is signed for AWS. Calls that are not would have to be trusted by them too:
// then the system's certificates stay, and `note` says so. FAILED_PRECONDITION
// for a bundle that cannot be used.
absl::StatusOr<TargetOptions> OwnTarget(const Plan& plan, TargetOptions target,
                                        const AwsSettings& settings,
                                        std::string& note);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_OWN_TARGET_H_
