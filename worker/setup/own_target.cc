#include "worker/setup/own_target.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/aws/aws_target.h"

namespace invocator {

absl::StatusOr<TargetOptions> OwnTarget(const Plan& plan, TargetOptions target,
                                        const AwsSettings& settings,
                                        std::string& note) {
  const TargetOptions trusting = AwsTarget(target, settings);
  if (trusting.ca_file == target.ca_file) return target;
  const auto& instances = plan.instances;
  const auto is_signed = [](const InstancePlan& instance) {
    return instance.signing.has_value();
  };
  if (std::none_of(instances.begin(), instances.end(), is_signed)) {
    return target;
  }
  if (!std::all_of(instances.begin(), instances.end(), is_signed)) {
    note = absl::StrCat(
        "the CA bundle of AWS's settings, ", trusting.ca_file,
        ", is not used, because some calls do not go to AWS: expected "
        "--ca-file with the certificates for all calls");
    return target;
  }
  TargetOptions bundle;
  bundle.ca_file = trusting.ca_file;
  const absl::Status usable = CheckTargetOptions(bundle);
  if (!usable.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the CA bundle of AWS's settings (AWS_CA_BUNDLE, ca_bundle), as ",
        usable.message()));
  }
  return trusting;
}

}  // namespace invocator
