#include "common/aws/aws_target.h"

namespace invocator {

TargetOptions AwsTarget(TargetOptions target, const AwsSettings& settings) {
  if (target.ca_file.empty()) target.ca_file = CaFileInUse(settings);
  return target;
}

}  // namespace invocator
