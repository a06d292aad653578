// Reads a workload file into a plan. Everything is validated here, once; all
// errors of a file are reported together.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/aws/aws_settings.h"
#include "common/plan/plan.h"
#include "coordinator/workload/header_reader.h"
#include "coordinator/workload/threshold_reader.h"

namespace invocator {

struct LoadedWorkload {
  Plan plan;
  WorkloadThresholds thresholds = {};
  // For people: a window beside a list, a drawn seed, ...
  std::vector<std::string> warnings;
  // Endpoint of Invoke calls whose instance names no host.
  ConfiguredEndpoint lambda = {};
  // True if group or others may not read the file, or one that it names:
  // results are as private as their sources.
  bool is_private = false;
};

struct WorkloadOptions {
  // AWS_REGION, then AWS_DEFAULT_REGION, then that of the profile in use, for
  // hosts that name no region.
  std::string default_region;
  // Called when the file names no seed.
  std::function<uint32_t()> draw_seed;
  // From CheckProfile. An error if any instance is signed, since signing
  // depends on the profile; else a warning.
  absl::Status profile = absl::OkStatus();
  // As of AwsDefaults.
  std::function<std::string()> find_region = nullptr;
  absl::StatusOr<ConfiguredEndpoint> lambda = ConfiguredEndpoint();
  HeaderVariables header_variables = {};
};

// Options from the process's environment, AWS's shared files and the random
// device. `profile`: of those files; empty: their default.
WorkloadOptions SystemWorkloadOptions(const std::string& profile = "");

// "-" is standard input. Paths in it, and in files of /dev/fd, are relative to
// the working folder.
//
// INVALID_ARGUMENT; the message has one line per error: file, JSON path,
// expectation, value; for a syntax error file:line:column.
absl::StatusOr<LoadedWorkload> LoadWorkload(const std::string& path,
                                            const WorkloadOptions& options);

// The same from text; `file` names it in messages; paths in it are relative to
// `folder`.
absl::StatusOr<LoadedWorkload> ParseWorkload(absl::string_view text,
                                             const std::string& file,
                                             const std::string& folder,
                                             const WorkloadOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_H_
