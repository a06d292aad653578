#include "coordinator/run/run_check.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/scheduling.h"
#include "common/http/address.h"
#include "common/plan/partition.h"
#include "common/process/log.h"
#include "common/process/machine_limits.h"
#include "common/wire/assignment_codec.h"
#include "coordinator/fleet/listen_security.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/report/notices.h"
#include "coordinator/run/in_process_worker.h"
#include "coordinator/workload/threshold_reader.h"

namespace invocator {
namespace {

// Beyond the largest timeout: a call that was sent late is to end by its own
// timeout, not by the drain.
constexpr absl::Duration kDrainGrace = absl::Seconds(1);

absl::Duration LargestTimeout(const Plan& plan) {
  absl::Duration largest = absl::ZeroDuration();
  for (const InstancePlan& instance : plan.instances) {
    largest = std::max(largest, instance.timeout);
  }
  return largest;
}

RunSettings MakeSettings(const RunOptions& options, const Plan& plan) {
  const absl::Duration drain =
      options.drain.value_or(LargestTimeout(plan) + kDrainGrace);
  return {.endpoint_url = options.endpoint_url,
          .http2 = options.http2,
          .io = options.io,
          .max_in_flight = options.max_in_flight,
          .drop_on_overload = options.drop_on_overload,
          .drain_ns = absl::ToInt64Nanoseconds(drain),
          .warm_connections = options.warm_connections,
          .connections = options.connections,
          .record_ratio = options.write_records ? options.record_ratio : 0,
          .spin_ns = absl::ToInt64Nanoseconds(options.spin)};
}

WorkloadOptions MakeWorkloadOptions(const RunOptions& options) {
  WorkloadOptions workload_options = SystemWorkloadOptions(options.profile);
  // Changes only the address of the calls; path, Host header and signature
  // stay.
  if (!options.endpoint_url.empty()) {
    workload_options.lambda = ConfiguredEndpoint();
  }
  if (options.seed) {
    workload_options.draw_seed = [seed = *options.seed] { return seed; };
  }
  return workload_options;
}

MemoryOptions MakeMemoryOptions(const RunOptions& options) {
  return {.size = options.memory,
          .restore = options.restore_memory,
          .yes = options.yes,
          .endpoint_url = options.endpoint_url,
          .control_endpoint_url = options.control_endpoint_url,
          .target = options.target,
          .profile = options.profile};
}

// Whether a file of that name can be made in the end, as far as one can see.
absl::Status CheckReportPath(const std::string& path, const std::string& out) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is a folder, expected a file to write"));
  }
  const fs::path folder = fs::path(path).parent_path();
  // The results' folder is made later.
  const bool is_in_results =
      !out.empty() && folder.lexically_normal() ==
                          (fs::path(out) / "").lexically_normal().parent_path();
  if (path.empty() || is_in_results) return absl::OkStatus();
  const std::string in = folder.empty() ? "." : folder.string();
  if (!fs::is_directory(in, ignored)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", in, " is not a folder"));
  }
  const std::string& written = fs::exists(path, ignored) ? path : in;
  if (access(written.c_str(), W_OK) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be written"))
          .message());
}

// What protects the fleet; an error if that is less than its address needs.
absl::StatusOr<Security> SecureListening(const RunOptions& options) {
  const absl::StatusOr<Address> address = ParseAddress(options.listen);
  if (!address.ok()) return address.status();
  absl::StatusOr<Security> security = LoadSecurity(options.security);
  if (!security.ok()) return security;
  Warn(security->warnings);
  const std::string missing = MissingProtection(*address, *security);
  if (missing.empty()) return security;
  if (!options.security.insecure) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--listen ", options.listen, " is open to other machines without ",
        missing, ": give that, or --insecure to do without"));
  }
  Log().warn("--insecure: {} is open to other machines without {}",
             options.listen, missing);
  return security;
}

absl::StatusOr<LoadedWorkload> LoadNamedWorkload(const RunOptions& options) {
  const WorkloadOptions workload_options = MakeWorkloadOptions(options);
  if (!options.workload_text) {
    return LoadWorkload(options.workload, workload_options);
  }
  absl::StatusOr<LoadedWorkload> workload = ParseWorkload(
      *options.workload_text, "workload", options.workload, workload_options);
  // As a file that only its owner can read.
  if (workload.ok()) workload->is_private = true;
  return workload;
}

}  // namespace

absl::StatusOr<LoadedWorkload> LoadRunWorkload(const RunOptions& options) {
  absl::StatusOr<std::vector<Threshold>> thresholds =
      ReadChecks(options.thresholds);
  if (!thresholds.ok()) return thresholds.status();
  absl::StatusOr<LoadedWorkload> workload = LoadNamedWorkload(options);
  if (!workload.ok()) return workload;
  Warn(workload->warnings);
  std::move(thresholds->begin(), thresholds->end(),
            std::back_inserter(workload->thresholds.run));
  if (workload->thresholds.run.size() > kMaxThresholds) {
    return absl::InvalidArgumentError(
        absl::StrCat("--threshold: expected at most ", kMaxThresholds,
                     " checks together with the workload's, found ",
                     workload->thresholds.run.size()));
  }
  return workload;
}

// The names of the versions that are not the first of their instance.
std::vector<std::string> LaterVersions(const Plan& plan) {
  std::vector<std::string> names;
  for (const InstancePlan& instance : plan.instances) {
    const auto& version = instance.arrivals.version;
    if (!version || version->index == 0) continue;
    // NAME@VERSION; the stream is NAME.
    std::string name =
        instance.name.substr(instance.arrivals.stream.size() + 1);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

absl::StatusOr<std::vector<VersionLimit>> ReadVersionLimits(
    const std::vector<std::string>& texts, const Plan& plan) {
  std::vector<VersionLimit> limits;
  if (texts.size() > kMaxVersionLimits) {
    return absl::InvalidArgumentError(
        absl::StrCat("--fail-if: expected at most ", kMaxVersionLimits,
                     " limits, found ", texts.size()));
  }
  const std::vector<std::string> versions = LaterVersions(plan);
  for (const std::string& text : texts) {
    auto limit = ParseVersionLimit(text, versions, &NearestWord);
    if (!limit.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--fail-if: ", limit.status().message()));
    }
    limits.push_back(*std::move(limit));
  }
  return limits;
}

absl::StatusOr<CheckedRun> CheckRun(const Plan& plan, const RunOptions& options,
                                    const RunHost& host) {
  CheckedRun run;
  auto until = ParsePrecisionGoals(options.until, &NearestWord);
  if (!until.ok()) return until.status();
  run.until = *std::move(until);
  auto fail_if = ReadVersionLimits(options.fail_if, plan);
  if (!fail_if.ok()) return fail_if.status();
  run.fail_if = *std::move(fail_if);
  const GiveUp give_up = [&host] { return host.interrupts() > 0; };
  for (const std::string& path : {options.junit, options.markdown}) {
    absl::Status writable = CheckReportPath(path, options.out);
    if (!writable.ok()) return writable;
  }
  if (options.workers > 0) {
    const auto limits = FleetLimitsOf(options.workers, host.file_limit);
    if (!limits.ok()) return limits.status();
    run.fleet_limits = *limits;
  }
  absl::StatusOr<PriceTable> prices = LoadPrices(options.prices);
  if (!prices.ok()) return prices.status();
  run.prices = *std::move(prices);
  if (options.workers == 0) {
    Warn(ExposedKeyWarnings(options.target));
    auto needs = FindLocalNeeds(plan, options.target, options.profile, give_up);
    if (!needs.ok()) return needs.status();
    run.credentials = *std::move(needs);
  } else {
    absl::StatusOr<Security> security = SecureListening(options);
    if (!security.ok()) return security.status();
    run.security = *std::move(security);
  }
  absl::StatusOr<MemoryPlan> memory =
      PlanMemory(plan, MakeMemoryOptions(options), run.credentials, give_up);
  if (!memory.ok()) return memory.status();
  run.memory = *std::move(memory);
  run.memory_of_run = MakeMemoryOfRun(plan, run.memory.targets,
                                      options.memory.sizes_mb.empty());
  return run;
}

absl::StatusOr<DividedPlan> DividePlan(const Plan& plan,
                                       const RunOptions& options) {
  DividedPlan divided;
  divided.partition = PartitionPlan(plan, std::max(options.workers, 1u));
  divided.settings = MakeSettings(options, plan);
  absl::Status fits =
      CheckAssignmentSize(plan, divided.settings, divided.partition);
  if (!fits.ok()) return fits;
  divided.census = TakeCensus(plan, divided.partition);
  return divided;
}

absl::Status CheckMachine(const RunOptions& options, uint64_t file_limit) {
  if (options.workers == 0) {
    absl::Status files = CheckOpenFiles(file_limit, EnginesOf(options));
    if (!files.ok()) return files;
  }
  return CheckThreads(GrpcThreads(UsableCores()));
}

uint32_t EnginesOf(const RunOptions& options) {
  return options.threads != 0 ? options.threads : UsableCores();
}

}  // namespace invocator
