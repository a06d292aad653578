#include "coordinator/preflight.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace invocator {
namespace {

// AWS-FACTS 6.4: REST, HTTP and WebSocket APIs of an account and region.
constexpr uint64_t kApiGatewayPerS = 10'000;
// AWS-FACTS 5.2, the default of an account and region; new accounts have less.
constexpr double kLambdaConcurrency = 1000;
// AWS-FACTS 6.4: of what API Gateway passes on to Lambda, and Lambda takes.
constexpr size_t kLambdaBodyBytes = size_t{6} * 1024 * 1024;
constexpr size_t kLambdaEventBytes = size_t{1} * 1024 * 1024;
constexpr absl::Duration kIntegrationTimeout = absl::Seconds(29);
// A limit that is met by slower calls only is not worth a warning.
constexpr double kSlowCallS = 0.5;

bool IsInvoke(const InstancePlan& instance) {
  return absl::StartsWith(instance.endpoint.path, "/2015-03-31/functions/");
}

bool IsApiGateway(const InstancePlan& instance) {
  const std::optional<SigningScope> scope =
      ScopeFromHost(instance.endpoint.host);
  return scope && scope->service == "execute-api";
}

bool IsEvent(const InstancePlan& instance) {
  return std::any_of(
      instance.headers.begin(), instance.headers.end(), [](const auto& header) {
        return absl::EqualsIgnoreCase(header.first, "x-amz-invocation-type") &&
               header.second == "Event";
      });
}

bool IsAws(const InstancePlan& instance) {
  return ScopeFromHost(instance.endpoint.host).has_value();
}

size_t LargestBody(const Plan& plan, const InstancePlan& instance) {
  size_t largest = 0;
  if (!instance.payload_set) return largest;
  for (const std::string& body : plan.payload_sets[*instance.payload_set]) {
    largest = std::max(largest, body.size());
  }
  return largest;
}

// How many calls are in flight at the peaks, by Little's law, as far as the
// workload says how long they take.
double ExpectedInFlight(const Plan& plan, const Census& census) {
  double calls = 0;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    calls += static_cast<double>(census.instances[i].peak_per_s) *
             plan.instances[i].expected_duration_ms.value_or(0) / 1e3;
  }
  return calls;
}

// "when calls take longer than 200 ms", or nothing if that is rare.
std::optional<std::string> WhenSlowerThan(double limit, uint64_t peak_per_s) {
  if (peak_per_s == 0) return std::nullopt;
  const double seconds = limit / static_cast<double>(peak_per_s);
  if (seconds >= kSlowCallS) return std::nullopt;
  return absl::StrFormat(
      "when calls take longer than %.3g ms, at the peak of "
      "%d/s",
      seconds * 1e3, peak_per_s);
}

void WarnOfInstance(const Plan& plan, const InstancePlan& instance,
                    std::vector<std::string>& warnings) {
  const std::string name = absl::StrCat("instance \"", instance.name, "\": ");
  if (!IsAws(instance)) return;
  const size_t body = LargestBody(plan, instance);
  const size_t most = IsEvent(instance) ? kLambdaEventBytes : kLambdaBodyBytes;
  if (body > most) {
    warnings.push_back(absl::StrCat(
        name, "a body of ", body, " bytes is more than the ", most,
        " that Lambda takes", IsEvent(instance) ? " of an event" : "",
        " (Lambda quotas)"));
  }
  if (IsApiGateway(instance) && instance.timeout < kIntegrationTimeout) {
    warnings.push_back(absl::StrCat(
        name, "timeout_in_seconds of ", absl::ToDoubleSeconds(instance.timeout),
        " is less than the ", absl::ToInt64Seconds(kIntegrationTimeout),
        " s API Gateway waits for a function: calls that would be answered "
        "count as timeout (API Gateway quotas)"));
  }
}

}  // namespace

LocalLimits ReadLocalLimits() {
  LocalLimits limits;
  rlimit files{};
  // The hard one: a worker raises its limit to that.
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
      files.rlim_max != RLIM_INFINITY) {
    limits.open_files = files.rlim_max;
  }
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen("/proc/sys/net/ipv4/ip_local_port_range", "re"), &std::fclose);
  unsigned first = 0;
  unsigned last = 0;
  if (file && std::fscanf(file.get(), "%u %u", &first, &last) == 2 &&
      first <= last) {
    limits.ephemeral_ports = last - first + 1;
  }
  return limits;
}

std::vector<std::string> PreflightWarnings(const Plan& plan,
                                           const Census& census,
                                           const LocalLimits& limits) {
  std::vector<std::string> warnings;
  uint64_t api_gateway_per_s = 0;
  uint64_t aws_per_s = 0;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const InstancePlan& instance = plan.instances[i];
    WarnOfInstance(plan, instance, warnings);
    // At most so many together: their peaks need not coincide.
    const uint64_t peak_per_s = census.instances[i].peak_per_s;
    if (IsApiGateway(instance)) api_gateway_per_s += peak_per_s;
    if (IsApiGateway(instance) || IsInvoke(instance)) aws_per_s += peak_per_s;
  }
  const uint64_t total_per_s = census.total.peak_per_s;
  api_gateway_per_s = std::min(api_gateway_per_s, total_per_s);
  aws_per_s = std::min(aws_per_s, total_per_s);
  if (api_gateway_per_s > kApiGatewayPerS) {
    warnings.push_back(absl::StrCat(
        "a peak of ", api_gateway_per_s, "/s is more than the ",
        kApiGatewayPerS,
        "/s API Gateway lets an account have in a region (API Gateway quotas, "
        "default)"));
  }
  if (const auto when = WhenSlowerThan(kLambdaConcurrency, aws_per_s)) {
    warnings.push_back(absl::StrCat("Lambda's ", kLambdaConcurrency,
                                    " concurrent executions are used up ",
                                    *when, " (Lambda quotas, default)"));
  }
  // A blocking instance has one call in flight.
  if (plan.blocking) return warnings;
  const uint64_t connections =
      std::min(limits.open_files, limits.ephemeral_ports);
  const std::string what = absl::StrCat(
      "this machine's ", connections, " ",
      limits.open_files <= limits.ephemeral_ports
          ? "open files (ulimit -Hn)"
          : "ports for connections to one address (ip_local_port_range)");
  const double expected = ExpectedInFlight(plan, census);
  if (expected > static_cast<double>(connections)) {
    warnings.push_back(
        absl::StrFormat("%.0f connections are needed at the peaks, by rate x "
                        "expected_duration_ms, more than %s, but for HTTP/2",
                        expected, what));
  } else if (const auto when = WhenSlowerThan(static_cast<double>(connections),
                                              total_per_s)) {
    warnings.push_back(
        absl::StrCat(what, " are used up ", *when, ", but for HTTP/2"));
  }
  return warnings;
}

}  // namespace invocator
