#include "coordinator/forecast/preflight.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/arrivals/instant_tape.h"
#include "common/words/listing.h"
#include "coordinator/cost/charge.h"

namespace invocator {
namespace {

// API Gateway quotas: REST, HTTP and WebSocket APIs of an account and region.
constexpr uint64_t kApiGatewayPerS = 10'000;
// Lambda quotas, the default of an account and region; new accounts have less.
constexpr double kLambdaConcurrency = 1000;
// Lambda quotas: of what API Gateway passes on to Lambda, and Lambda takes.
constexpr size_t kLambdaBodyBytes = size_t{6} * 1024 * 1024;
constexpr size_t kLambdaEventBytes = size_t{1} * 1024 * 1024;
constexpr absl::Duration kIntegrationTimeout = absl::Seconds(29);
// A limit that is met by slower calls only is not worth a warning.
constexpr double kSlowCallS = 0.5;

bool IsApiGateway(const InstancePlan& instance) {
  return instance.target_kind == TargetKind::kApiGateway;
}

bool IsEvent(const InstancePlan& instance) {
  return instance.invocation_type == InvocationType::kEvent;
}

size_t LargestBody(const Plan& plan, const InstancePlan& instance) {
  size_t largest = 0;
  if (!instance.payload_set) return largest;
  for (const std::string& body : plan.payload_sets[*instance.payload_set]) {
    largest = std::max(largest, body.size());
  }
  return largest;
}

// Calls of spikes at one instant within the window, the most of any.
uint64_t LargestSpike(const ArrivalSpec& arrivals) {
  uint64_t largest = 0;
  uint64_t at_once = 0;
  const Spike* previous = nullptr;
  for (const Spike& spike : arrivals.spikes) {
    const bool is_inside =
        spike.at_s < arrivals.window_end_s &&
        (spike.at_s > arrivals.window_start_s || arrivals.window_start_s <= 0);
    if (!is_inside) continue;
    if (previous == nullptr || previous->at_s != spike.at_s) at_once = 0;
    at_once += spike.calls;
    largest = std::max(largest, at_once);
    previous = &spike;
  }
  return largest;
}

// Invocations that share a limit of how many may be in flight.
struct Load {
  uint64_t peak_per_s = 0;
  // By Little's law from the durations that the workload gives; at least an
  // instance's largest spike.
  double in_flight = 0;
  bool durations_known = true;
  bool spikes_decide = false;  // for some instance

  void Add(const InstancePlan& instance, uint64_t instance_peak_per_s) {
    if (instance_peak_per_s == 0) return;
    peak_per_s += instance_peak_per_s;
    const double by_rate = static_cast<double>(instance_peak_per_s) *
                           instance.expected_duration_ms.value_or(0) / 1e3;
    const auto at_once = static_cast<double>(LargestSpike(instance.arrivals));
    in_flight += std::max(by_rate, at_once);
    if (at_once > by_rate) spikes_decide = true;
    if (!instance.expected_duration_ms) durations_known = false;
  }
};

// Says when the load does not fit into `limit` of `what`; nothing if it does,
// or if only rare, slow calls would not.
std::optional<std::string> DoesNotFit(const Load& load, double limit,
                                      absl::string_view what) {
  if (load.in_flight > limit) {
    return absl::StrFormat(
        "%.0f calls are in flight at the peaks, by rate x "
        "expected_duration_ms%s, more than %.0f %s",
        load.in_flight,
        load.spikes_decide ? " and the calls of a spike, which begin together"
                           : "",
        limit, what);
  }
  if (load.durations_known) return std::nullopt;
  const double seconds = limit / static_cast<double>(load.peak_per_s);
  if (seconds >= kSlowCallS) return std::nullopt;
  return absl::StrFormat(
      "%.0f %s are used up when calls take longer than %.3g ms, at the peak of "
      "%d/s",
      limit, what, seconds * 1e3, load.peak_per_s);
}

void WarnOfInstance(const Plan& plan, const InstancePlan& instance,
                    std::vector<std::string>& warnings) {
  const std::string name = absl::StrCat("instance \"", instance.name, "\": ");
  if (instance.target_kind == TargetKind::kHttp) return;
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

uint64_t MostConnections(const Machine& machine) {
  return std::min(machine.limits.connections, machine.limits.ephemeral_ports);
}

// Part of a specification that should have yielded calls.
enum class Intent { kNothing, kRate, kBursts, kInstants };

bool IsZero(const RateShape& rate) {
  return std::all_of(rate.points.begin(), rate.points.end(),
                     [](const RatePoint& point) { return point.per_s == 0; });
}

Intent IntentOf(const ArrivalSpec& arrivals) {
  if (HasRate(arrivals.kind) && !IsZero(arrivals.rate)) return Intent::kRate;
  if (HasRate(arrivals.kind) && arrivals.bursts) return Intent::kBursts;
  const std::vector<uint32_t>& counts = arrivals.counts.counts;
  const bool has_instants =
      std::any_of(arrivals.spikes.begin(), arrivals.spikes.end(),
                  [](const Spike& spike) { return spike.calls > 0; }) ||
      (arrivals.kind == ArrivalKind::kTimestamps && arrivals.tape != nullptr &&
       arrivals.tape->count() > 0) ||
      (arrivals.kind == ArrivalKind::kCounts &&
       std::any_of(counts.begin(), counts.end(),
                   [](uint32_t count) { return count > 0; }));
  // The workload's reader reports the gaps of a list that are left out.
  return has_instants ? Intent::kInstants : Intent::kNothing;
}

std::string WhyNothing(Intent intent, bool is_one) {
  switch (intent) {
    case Intent::kRate:
      return absl::StrCat(is_one ? "its rate is" : "their rates are",
                          " above 0: the test or the activity window is too "
                          "short");
    case Intent::kBursts:
      return absl::StrCat(is_one ? "it has" : "they have",
                          " bursts: they are off or too short within the "
                          "activity window; try another random_seed or a "
                          "longer test");
    default:
      return absl::StrCat(is_one ? "it has" : "they have",
                          " counts, timestamps or spikes: these lie outside "
                          "the test or the activity window, or \"thin\" "
                          "drops them");
  }
}

}  // namespace

std::vector<std::string> AwsWarnings(const Plan& plan, const Census& census) {
  std::vector<std::string> warnings;
  uint64_t api_gateway_per_s = 0;
  Load lambda;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const InstancePlan& instance = plan.instances[i];
    WarnOfInstance(plan, instance, warnings);
    const uint64_t peak_per_s = census.instances[i].peak_per_s;
    if (IsApiGateway(instance)) api_gateway_per_s += peak_per_s;
    if (ChargeOf(instance) != Charge::kNone) lambda.Add(instance, peak_per_s);
  }
  // At most so many together: their peaks need not coincide.
  const uint64_t total_per_s = census.total.peak_per_s;
  api_gateway_per_s = std::min(api_gateway_per_s, total_per_s);
  lambda.peak_per_s = std::min(lambda.peak_per_s, total_per_s);
  if (api_gateway_per_s > kApiGatewayPerS) {
    warnings.push_back(absl::StrCat(
        "a peak of ", api_gateway_per_s, "/s is more than the ",
        kApiGatewayPerS,
        "/s API Gateway lets an account have in a region (API Gateway quotas, "
        "default)"));
  }
  // A blocking instance has one call in flight.
  if (plan.blocking) return warnings;
  if (auto words = DoesNotFit(lambda, kLambdaConcurrency,
                              "concurrent executions of Lambda (Lambda quotas, "
                              "default)")) {
    warnings.push_back(*std::move(words));
  }
  return warnings;
}

std::vector<std::string> MachineWarnings(const Plan& plan, const Census& census,
                                         const std::vector<Machine>& machines) {
  if (plan.blocking || machines.empty()) return {};
  Load load;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    load.Add(plan.instances[i], census.instances[i].peak_per_s);
  }
  // Their peaks need not coincide.
  load.peak_per_s = census.total.peak_per_s;
  const Machine& weakest = *std::min_element(
      machines.begin(), machines.end(), [](const Machine& a, const Machine& b) {
        return MostConnections(a) < MostConnections(b);
      });
  const bool files_first =
      weakest.limits.connections <= weakest.limits.ephemeral_ports;
  const std::string where =
      machines.size() == 1
          ? weakest.name
          : absl::StrCat(machines.size(), " machines like that of ",
                         weakest.name);
  const std::string what =
      files_first ? absl::StrCat("connections that open files allow on ", where,
                                 " (ulimit -Hn)")
                  : absl::StrCat("ports on ", where,
                                 " for connections to one address "
                                 "(ip_local_port_range)");
  const double limit = static_cast<double>(MostConnections(weakest)) *
                       static_cast<double>(machines.size());
  auto words = DoesNotFit(load, limit, what);
  if (!words) return {};
  return {absl::StrCat(*words, ", but for HTTP/2")};
}

std::vector<std::string> NothingPlannedWarnings(
    const Plan& plan, const std::vector<uint64_t>& counts) {
  std::map<Intent, std::vector<std::string>> names;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const Intent intent = IntentOf(plan.instances[i].arrivals);
    if (intent == Intent::kNothing || counts[i] > 0) continue;
    names[intent].push_back(absl::StrCat("\"", plan.instances[i].name, "\""));
  }
  std::vector<std::string> warnings;
  warnings.reserve(names.size() + 1);
  for (const auto& [intent, of_intent] : names) {
    warnings.push_back(absl::StrCat("no invocations are planned for ",
                                    FirstFew(of_intent), ", although ",
                                    WhyNothing(intent, of_intent.size() == 1)));
  }
  if (std::all_of(counts.begin(), counts.end(),
                  [](uint64_t count) { return count == 0; })) {
    warnings.push_back(
        "no invocations are planned: a run sends no calls and misses its "
        "verdict");
  }
  return warnings;
}

std::vector<std::string> NothingPlannedWarnings(const Plan& plan,
                                                const Census& census) {
  std::vector<uint64_t> counts;
  for (const InstanceCensus& instance : census.instances) {
    counts.push_back(instance.count);
  }
  return NothingPlannedWarnings(plan, counts);
}

}  // namespace invocator
