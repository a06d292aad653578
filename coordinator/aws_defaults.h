// What AWS's settings say where a workload says nothing.
#ifndef INVOCATOR_COORDINATOR_AWS_DEFAULTS_H_
#define INVOCATOR_COORDINATOR_AWS_DEFAULTS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/aws_settings.h"

namespace invocator {

struct AwsDefaults {
  std::string region;  // of variables and profile; empty: they name none
  // The last resort, which may take a while; null: there is none.
  std::function<std::string()> find_region;
  // Where Lambda's API is, or why what was configured is no such place.
  absl::StatusOr<ConfiguredEndpoint> lambda = ConfiguredEndpoint();

  // Empty if nothing names one.
  std::string Region() const {
    return region.empty() && find_region ? find_region() : region;
  }
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_AWS_DEFAULTS_H_
