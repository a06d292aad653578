#include "coordinator/workload/threshold_reader.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/plan/plan.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/timeline/lanes.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

constexpr NumberRange kAfter = {0, kMaxDurationS};
constexpr NumberRange kWindow = {1, 3600};
constexpr absl::string_view kCheckExpectation =
    "a check such as \"response p99 < 300ms\"";

std::optional<Threshold> CheckAt(const std::string& path,
                                 const std::string& text,
                                 WorkloadIssues& issues) {
  absl::StatusOr<Threshold> threshold = ReadCheck(text);
  if (threshold.ok()) return *threshold;
  issues.Add(path, threshold.status().message());
  return std::nullopt;
}

// `of_run`: not of an instance, nor of each.
std::optional<AbortRule> ReadAbort(FieldReader& fields, bool of_run,
                                   const std::optional<Threshold>& checked) {
  const bool aborts = fields.Bool("abort").value_or(false);
  AbortRule rule;
  rule.after_s =
      fields.Number("after_in_seconds", kAfter).value_or(rule.after_s);
  rule.window_s =
      fields.Number("window_in_seconds", kWindow).value_or(rule.window_s);
  if (aborts) {
    if (checked && !checked->metric.IsKnownBySecond()) {
      fields.Error("abort",
                   absl::StrCat("expected a metric that is known second by "
                                "second, which ",
                                checked->metric.name, " is not"));
    }
    if (checked && checked->metric.kind == MetricKind::kMaxInFlight &&
        !of_run) {
      fields.Error("abort",
                   "expected a threshold of the run: while it plays, calls in "
                   "flight are known for all instances together");
    }
    return rule;
  }
  for (absl::string_view key : {"after_in_seconds", "window_in_seconds"}) {
    if (fields.Has(key))
      fields.Error(key, "expected \"abort\": true beside it");
  }
  return std::nullopt;
}

std::optional<Threshold> ReadThreshold(const Json& entry,
                                       const std::string& path,
                                       ThresholdScope scope,
                                       WorkloadIssues& issues) {
  FieldReader fields(entry, path, issues);
  fields.Require("check", kCheckExpectation);
  std::optional<Threshold> threshold;
  if (const auto check = fields.String("check")) {
    threshold = CheckAt(fields.PathOf("check"), *check, issues);
  }
  const bool is_of_run = scope == ThresholdScope::kRun;
  const bool each = is_of_run && fields.Bool("each").value_or(false);
  const bool optional = fields.Bool("optional").value_or(false);
  const std::optional<AbortRule> abort =
      ReadAbort(fields, is_of_run && !each, threshold);
  if (!is_of_run && fields.Has("each")) {
    fields.Error("each",
                 "is only for thresholds at the top of the workload, not for "
                 "those of an instance");
  }
  fields.RefuseUnknownKeys(
      KeySet{.known = kThresholdKeys, .has_comments = true});
  if (!threshold) return std::nullopt;
  threshold->each = each;
  threshold->optional = optional;
  threshold->abort = abort;
  return threshold;
}

// One list for each instance.
void WarnOfSharedLanes(const WorkloadThresholds& thresholds,
                       FieldReader& workload) {
  if (thresholds.instances.size() <= kMostLanes) return;
  const auto is_of_instance = [](const Threshold& threshold) {
    return threshold.metric.kind == MetricKind::kMaxInFlight;
  };
  bool any = absl::c_any_of(thresholds.run, [&](const Threshold& threshold) {
    return threshold.each && is_of_instance(threshold);
  });
  for (const auto& own : thresholds.instances) {
    any = any || absl::c_any_of(own, is_of_instance);
  }
  if (!any) return;
  workload.Warn("thresholds",
                absl::StrCat("max_in_flight is known for the ", kMostLanes,
                             " instances with the most calls: the others "
                             "will have no data"));
}

void WarnOfLateAborts(const std::vector<Threshold>& thresholds,
                      std::optional<double> duration_s, FieldReader& workload) {
  if (!duration_s) return;
  for (const Threshold& threshold : thresholds) {
    if (!threshold.abort ||
        std::ceil(threshold.abort->after_s) <= *duration_s) {
      continue;
    }
    workload.Warn(
        "thresholds",
        absl::StrFormat("%s is judged from %.15g s on, after the "
                        "test's end: it cannot end the run",
                        CheckText(threshold), threshold.abort->after_s));
  }
}

}  // namespace

std::vector<Threshold> ReadThresholds(FieldReader& fields, ThresholdScope scope,
                                      WorkloadIssues& issues) {
  constexpr absl::string_view kKey = "thresholds";
  std::vector<Threshold> thresholds;
  const Json* list = fields.Find(kKey);
  if (list == nullptr) return thresholds;
  if (!list->is_array()) {
    fields.ValueError(
        kKey, absl::StrCat("a list of checks, each ", kCheckExpectation));
    return thresholds;
  }
  if (list->size() > kMaxThresholds) {
    fields.Error(kKey, absl::StrCat("expected at most ", kMaxThresholds,
                                    " checks, found ", list->size()));
    return thresholds;
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const Json& entry = (*list)[i];
    const std::string path = ElementPath(fields.PathOf(kKey), i);
    std::optional<Threshold> threshold;
    if (entry.is_string()) {
      threshold = CheckAt(path, entry.get<std::string>(), issues);
    } else if (entry.is_object()) {
      threshold = ReadThreshold(entry, path, scope, issues);
    } else {
      issues.AddValue(
          path, entry,
          absl::StrCat(kCheckExpectation, ", or an object with a \"check\""));
    }
    if (threshold) thresholds.push_back(*threshold);
  }
  return thresholds;
}

std::vector<Threshold> WithInherited(std::vector<Threshold> thresholds,
                                     FieldReader& fields,
                                     WorkloadIssues& issues) {
  const std::vector<Threshold> own =
      ReadThresholds(fields, ThresholdScope::kInstance, issues);
  thresholds.insert(thresholds.end(), own.begin(), own.end());
  if (thresholds.size() > kMaxThresholds) {
    fields.Error("thresholds",
                 absl::StrCat("expected at most ", kMaxThresholds,
                              " checks with those of the instance, found ",
                              thresholds.size()));
  }
  return thresholds;
}

void WarnOfThresholds(const WorkloadThresholds& thresholds,
                      std::optional<double> duration_s, FieldReader& workload) {
  WarnOfLateAborts(thresholds.run, duration_s, workload);
  for (const auto& own : thresholds.instances) {
    WarnOfLateAborts(own, duration_s, workload);
  }
  WarnOfSharedLanes(thresholds, workload);
}

absl::StatusOr<Threshold> ReadCheck(absl::string_view text) {
  return ParseThreshold(text, &NearestWord);
}

absl::StatusOr<std::vector<Threshold>> ReadChecks(
    const std::vector<std::string>& texts) {
  std::vector<Threshold> thresholds;
  std::vector<std::string> errors;
  for (const std::string& text : texts) {
    const absl::StatusOr<Threshold> threshold = ReadCheck(text);
    if (threshold.ok()) {
      thresholds.push_back(*threshold);
    } else {
      errors.push_back(
          absl::StrCat("--threshold ", threshold.status().message()));
    }
  }
  if (errors.empty()) return thresholds;
  return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
}

}  // namespace invocator
