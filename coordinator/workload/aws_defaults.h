// Defaults from AWS's settings for a workload's missing region and endpoint.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_AWS_DEFAULTS_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_AWS_DEFAULTS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/aws/aws_settings.h"

namespace invocator {

struct AwsDefaults {
  std::string region;  // of variables and profile; empty: not set
  // Finds the region if `region` is empty; may take a while; null: cannot.
  std::function<std::string()> find_region;
  // Lambda's configured endpoint, or the error in the configuration.
  absl::StatusOr<ConfiguredEndpoint> lambda = ConfiguredEndpoint();

  // Empty if not found.
  std::string Region() const {
    return region.empty() && find_region ? find_region() : region;
  }
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_AWS_DEFAULTS_H_
