#include "coordinator/forecast/check_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/plan/version_group.h"
#include "coordinator/text/text_table.h"

namespace invocator {
namespace {

// The tested law, in the words of a workload.
std::string LawWords(const ArrivalSpec& spec) {
  const auto with = [&](absl::string_view law, absl::string_view parameter) {
    return absl::StrFormat("%s, %s %.6g", law, parameter, spec.law.parameter);
  };
  switch (spec.kind) {
    case ArrivalKind::kPoisson:
      return "Poisson";
    case ArrivalKind::kUniform:
      return "Uniform";
    case ArrivalKind::kGamma:
      return with("Gamma", "cv");
    case ArrivalKind::kWeibull:
      return with("Weibull", "cv");
    case ArrivalKind::kLognormal:
      return with("Lognormal", "cv");
    case ArrivalKind::kPareto:
      return with("Pareto", "alpha");
    case ArrivalKind::kList:
      return "list";
    case ArrivalKind::kCounts:
      return spec.counts.even ? "counts, even" : "counts, random";
    case ArrivalKind::kTimestamps:
      return "timestamps";
  }
  return "";
}

absl::string_view VerdictWord(ScheduleVerdict verdict) {
  switch (verdict) {
    case ScheduleVerdict::kFits:
      return "fits";
    case ScheduleVerdict::kUnlikely:
      return "unlikely";
    case ScheduleVerdict::kTooFew:
      return "too few";
    case ScheduleVerdict::kGiven:
      return "given";
  }
  return "";
}

// "0.374", "1.2e-09".
std::string Probability(double p) {
  return p >= 0.001 ? absl::StrFormat("%.3f", p) : absl::StrFormat("%.1e", p);
}

std::vector<std::string> Row(const InstancePlan& instance,
                             const ScheduleCheck& check) {
  const bool is_tested = check.verdict == ScheduleVerdict::kFits ||
                         check.verdict == ScheduleVerdict::kUnlikely;
  const bool is_given = check.verdict == ScheduleVerdict::kGiven;
  return {instance.name,
          LawWords(instance.arrivals),
          is_given ? "-" : absl::StrCat(check.tested),
          is_tested ? absl::StrFormat("%.6f", check.distance) : "-",
          is_tested ? Probability(check.p_value) : "-",
          check.dispersion ? absl::StrFormat("%.3f", *check.dispersion) : "-",
          std::string(VerdictWord(check.verdict))};
}

std::string Notes(bool any_is_version, bool any_is_sampled) {
  std::string notes = absl::StrFormat(
      "tested      gaps rescaled by the rate, against their law; for random "
      "counts, positions within bins\n"
      "distance    Kolmogorov-Smirnov; rounding to the nanosecond does not "
      "count\n"
      "p-value     below %.15g: unlikely, one correct schedule in %.0f\n"
      "dispersion  variance / mean of the calls in windows of %.15g expected "
      "calls (lists, counts and\n"
      "            timestamps: of 1 s); Poisson 1, Uniform 0, others tend to "
      "cv^2\n"
      "Spikes are left out.\n",
      kUnlikelyP, 1 / kUnlikelyP, kCallsPerWindow);
  if (any_is_version) {
    notes +=
        "Versions of one instance have one schedule, which is tested as a "
        "whole.\n";
  }
  if (any_is_sampled) {
    absl::StrAppend(&notes,
                    "Instances with more gaps or positions: ", kMostTested,
                    " chosen at random, the same every time.\n");
  }
  return notes;
}

}  // namespace

std::vector<ScheduleCheck> CheckSchedules(const Plan& plan) {
  std::vector<ScheduleCheck> checks;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const size_t first = FirstVersion(plan, i);
    checks.push_back(first < i ? checks[first]
                               : CheckSchedule(plan.instances[i].arrivals));
  }
  return checks;
}

std::vector<std::string> PrintChecks(const Plan& plan,
                                     const std::vector<ScheduleCheck>& checks,
                                     std::ostream& out) {
  TextTable table({"instance", "arrivals", "tested", "distance", "p-value",
                   "dispersion", "verdict"});
  std::vector<std::string> warnings;
  bool any_is_version = false;
  bool any_is_sampled = false;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const ScheduleCheck& check = checks[i];
    any_is_version =
        any_is_version || plan.instances[i].arrivals.version.has_value();
    any_is_sampled = any_is_sampled || check.tested < check.values;
    table.AddRow(Row(plan.instances[i], check));
    if (check.verdict != ScheduleVerdict::kUnlikely) continue;
    warnings.push_back(absl::StrFormat(
        "instance \"%s\": its schedule is unlikely for its specification: "
        "distance %.6f, p-value %s",
        plan.instances[i].name, check.distance, Probability(check.p_value)));
  }
  out << table.ToString() << "\n" << Notes(any_is_version, any_is_sampled);
  return warnings;
}

}  // namespace invocator
