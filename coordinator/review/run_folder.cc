#include "coordinator/review/run_folder.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/plan/plan.h"
#include "coordinator/books/accounting.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/review/kept_histograms.h"
#include "coordinator/text/text_file.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

constexpr NumberRange kDurations = {0, kMaxDurationS, /*min_is_inside=*/false};

struct KeptWorkload {
  double duration_s = 0;
  WorkloadThresholds thresholds;
};

// Refuses pipes, among others: reading one would block.
absl::Status CheckFile(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_regular_file(status)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": ", fs::exists(status) ? "is not a file" : "is missing",
      ", expected a file of a finished run"));
}

absl::Status CheckFolder(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": is not the folder of a run"));
  }
  for (const char* name :
       {"summary.json", "histograms.hlog", "workload.json"}) {
    absl::Status status = CheckFile(absl::StrCat(folder, "/", name));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Reads the instances' thresholds. The instances must be the summary's, in the
// same order.
void ReadInstances(FieldReader& fields, const std::vector<std::string>& names,
                   WorkloadIssues& issues, WorkloadThresholds& thresholds) {
  constexpr absl::string_view kKey = "instances";
  fields.Require(kKey, "an object");
  const Json* const instances = fields.Find(kKey);
  if (instances == nullptr) return;
  if (!instances->is_object()) return fields.ValueError(kKey, "an object");
  for (const auto& [name, entry] :
       instances->get_ref<const Json::object_t&>()) {
    const std::string path = MemberPath(kKey, name);
    const size_t at = thresholds.instances.size();
    if (at == names.size() || name != names[at]) {
      return issues.Add(
          path, at == names.size()
                    ? "is not in summary.json"
                    : absl::StrCat("summary.json has ", ShortQuote(names[at]),
                                   " in its place"));
    }
    if (!entry.is_object()) {
      return issues.AddValue(path, entry, "an object");
    }
    FieldReader instance(entry, path, issues);
    thresholds.instances.push_back(
        ReadThresholds(instance, ThresholdScope::kInstance, issues));
  }
  if (thresholds.instances.size() < names.size()) {
    fields.Error(
        kKey,
        absl::StrCat("lack ", ShortQuote(names[thresholds.instances.size()]),
                     ", which is in summary.json"));
  }
}

absl::StatusOr<KeptWorkload> ReadKeptWorkload(
    const std::string& file, const std::vector<std::string>& names) {
  const absl::StatusOr<std::string> text =
      ReadTextFile(file, kMaxWorkloadBytes);
  if (!text.ok()) return text.status();
  WorkloadIssues issues(file);
  const absl::StatusOr<Json> root = ReadObject(file, *text, issues);
  if (!root.ok()) return root.status();
  FieldReader fields(*root, "", issues);
  KeptWorkload workload;
  constexpr absl::string_view kDuration = "test_duration_in_seconds";
  fields.Require(kDuration, absl::StrCat("a number ", kDurations.Words()));
  workload.duration_s = fields.Number(kDuration, kDurations).value_or(0);
  workload.thresholds.run =
      ReadThresholds(fields, ThresholdScope::kRun, issues);
  ReadInstances(fields, names, issues, workload.thresholds);
  if (issues.has_errors()) return issues.ToStatus();
  return workload;
}

// Whether the workload has the threshold that ended the run.
bool HasAborting(const AbortedBy& by, const KeptWorkload& workload,
                 const std::vector<std::string>& names) {
  const auto has = [&by](const std::vector<Threshold>& thresholds, bool each) {
    return std::any_of(thresholds.begin(), thresholds.end(),
                       [&](const Threshold& threshold) {
                         return threshold.abort && threshold.each == each &&
                                CheckText(threshold) == by.check;
                       });
  };
  const WorkloadThresholds& thresholds = workload.thresholds;
  if (by.instance.empty()) return has(thresholds.run, /*each=*/false);
  const auto found = std::find(names.begin(), names.end(), by.instance);
  if (found == names.end()) return false;
  return has(thresholds.run, /*each=*/true) ||
         has(thresholds.instances[static_cast<size_t>(found - names.begin())],
             /*each=*/false);
}

// Changes by.check to the form of CheckText.
absl::Status CheckAbortedBy(const KeptWorkload& workload,
                            const std::vector<std::string>& names,
                            AbortedBy& by) {
  const absl::StatusOr<Threshold> threshold = ReadCheck(by.check);
  if (threshold.ok()) by.check = CheckText(*threshold);
  if (HasAborting(by, workload, names)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("aborted_by: workload.json has no threshold ",
                   ShortQuote(by.check), " with \"abort\" of ",
                   by.instance.empty() ? "the run" : ShortQuote(by.instance)));
}

// Recovers the span that gave the summary's rate: up to the plan's end, or one
// of whole nanoseconds.
absl::StatusOr<double> SentSpanS(const RunReport& report, double sent_per_s) {
  const auto sent = static_cast<double>(report.total.sent);
  const auto fits = [&](double span_s) {
    return sent / (span_s - report.warmup_s) == sent_per_s;
  };
  if (sent == 0 || fits(report.EndS())) return report.EndS();
  if (sent_per_s == 0) return report.warmup_s;
  const double span_s = report.warmup_s + sent / sent_per_s;
  if (!(span_s <= 2 * kMaxDurationS)) {
    return absl::InvalidArgumentError(
        absl::StrCat("rate_per_s.sent: ", sent_per_s, " does not fit ",
                     report.total.sent, " calls"));
  }
  const double rounded_s = std::round(span_s * 1e9) / 1e9;
  return fits(rounded_s) ? rounded_s : span_s;
}

// Checks the books again if the summary has no errors of its books.
void CheckAllBooks(RunReport& report) {
  if (!report.book_errors.empty()) return;
  report.book_errors = CheckBooks("total", report.Books());
  for (size_t i = 0; i < report.instances.size(); ++i) {
    for (std::string& error :
         CheckBooks(absl::StrCat("instance ", report.instances[i].first),
                    report.BooksOf(i))) {
      report.book_errors.push_back(std::move(error));
    }
  }
}

void MoveTotals(KeptSummary& summary, RunReport& report) {
  report.total = std::move(summary.total.measured);
  report.warmup_total = std::move(summary.total.warmup);
  for (size_t i = 0; i < summary.names.size(); ++i) {
    KeptBlock& block = summary.instances[i];
    report.instances.emplace_back(summary.names[i], std::move(block.measured));
    if (report.warmup_s > 0) report.warmup.push_back(std::move(block.warmup));
    report.max_in_flight_of.push_back(block.max_in_flight);
  }
  CheckAllBooks(report);
}

absl::Status InvalidIn(const std::string& file, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", status.message()));
}

}  // namespace

absl::StatusOr<KeptRun> ReadRunFolder(const std::string& folder) {
  absl::Status status = CheckFolder(folder);
  if (!status.ok()) return status;
  const std::string summary_file = absl::StrCat(folder, "/summary.json");
  absl::StatusOr<std::string> text =
      ReadTextFile(summary_file, kMaxSummaryBytes);
  if (!text.ok()) return text.status();
  absl::StatusOr<KeptSummary> summary = ParseSummary(*text, summary_file);
  if (!summary.ok()) return summary.status();
  text->clear();
  absl::StatusOr<KeptWorkload> workload =
      ReadKeptWorkload(absl::StrCat(folder, "/workload.json"), summary->names);
  if (!workload.ok()) return workload.status();
  if (summary->aborted_by) {
    status = CheckAbortedBy(*workload, summary->names, *summary->aborted_by);
    if (!status.ok()) return InvalidIn(summary_file, status);
  }
  status = ReadKeptHistograms(absl::StrCat(folder, "/histograms.hlog"),
                              summary_file, *summary);
  if (!status.ok()) return status;

  KeptRun run;
  run.folder = folder;
  run.report = std::move(summary->report);
  MoveTotals(*summary, run.report);
  run.report.planned_span_s = workload->duration_s;
  absl::StatusOr<double> span_s = SentSpanS(run.report, summary->sent_per_s);
  if (!span_s.ok()) return InvalidIn(summary_file, span_s.status());
  run.report.sent_span_s = *span_s;
  run.thresholds = std::move(workload->thresholds);
  run.cost_per_million = summary->cost_per_million;
  run.aborted_by = std::move(summary->aborted_by);
  run.is_private = IsPrivateFile(summary_file);
  return run;
}

}  // namespace invocator
