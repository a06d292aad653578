#include "coordinator/review/report_command.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/exit_code.h"
#include "common/process/say.h"
#include "coordinator/json/json.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/report/notices.h"
#include "coordinator/review/kept_timeline.h"
#include "coordinator/review/run_folder.h"
#include "coordinator/text/durable_file.h"
#include "coordinator/text/text_file.h"
#include "coordinator/web/html_report.h"
#include "coordinator/web/page_json.h"
#include "coordinator/web/shown_workload.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

constexpr char kPageFile[] = "report.html";

// ReadRunFolder has validated the file, whose other readers accept more.
absl::StatusOr<Json> ReadJsonFile(const std::string& file, size_t max_bytes) {
  const absl::StatusOr<std::string> text = ReadTextFile(file, max_bytes);
  if (!text.ok()) return text.status();
  WorkloadIssues issues(file);
  absl::StatusOr<Json> root = ReadObject(file, *text, issues);
  if (root.ok() && issues.has_errors()) return issues.ToStatus();
  return root;
}

// "runs/monday/" is the folder monday, as is "." within it.
std::string LastName(const std::string& folder) {
  std::error_code error;
  fs::path path = fs::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

struct RunPart {
  std::string json;
  std::string test_name;
  bool is_private = false;
};

absl::StatusOr<RunPart> ReadRun(const std::string& folder) {
  absl::StatusOr<KeptRun> run = ReadRunFolder(folder);
  if (!run.ok()) return run.status();
  absl::StatusOr<KeptTimeline> kept = ReadKeptTimeline(*run);
  if (!kept.ok()) return kept.status();
  const absl::StatusOr<Json> summary =
      ReadJsonFile(folder + "/summary.json", kMaxSummaryBytes);
  if (!summary.ok()) return summary.status();
  const absl::StatusOr<Json> workload =
      ReadJsonFile(folder + "/workload.json", kMaxWorkloadBytes);
  if (!workload.ok()) return workload.status();

  RunReport& report = run->report;
  report.timeline.emplace(std::move(kept->timeline));
  report.lane_names = std::move(kept->lane_names);
  PageInputs inputs = PageInputsOf(report);
  inputs.folder = LastName(folder);
  inputs.workers = std::move(kept->workers);
  inputs.workload = ShownWorkload(*workload);
  return RunPart{RunPageJson(*summary, inputs), report.test_name,
                 run->is_private};
}

// Replaces a file, but not a pipe or device, nor a link to the file.
absl::Status WritePage(const std::string& path, const ReportPage& page) {
  const Readers readers = page.is_private ? Readers::kOwner : Readers::kUmask;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return WriteTextFile(path, page.html, readers);
  }
  const fs::path target = fs::weakly_canonical(path, error);
  return ReplaceDurably(error ? path : target.string(), page.html, readers);
}

}  // namespace

absl::StatusOr<ReportPage> ReportPageOf(
    const std::vector<std::string>& folders) {
  ReportPage page;
  std::vector<std::string> runs;
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    absl::StatusOr<RunPart> run = ReadRun(folder);
    if (!run.ok()) return run.status();
    runs.push_back(std::move(run->json));
    if (names.empty() || names.back() != run->test_name) {
      names.push_back(std::move(run->test_name));
    }
    page.is_private = page.is_private || run->is_private;
  }
  page.html = HtmlReport(runs, absl::StrJoin(names, ", "));
  return page;
}

int ReportFinishedRuns(const ReportOptions& options) {
  const absl::StatusOr<ReportPage> page = ReportPageOf(options.folders);
  if (!page.ok()) {
    PrintError(page.status());
    return kExitBadUsage;
  }
  const std::string path =
      !options.output.empty()
          ? options.output
          : (fs::path(options.folders.front()) / kPageFile).string();
  absl::Status status = WritePage(path, *page);
  if (status.ok()) status = Print(absl::StrCat(path, "\n"));
  if (status.ok()) return kExitOk;
  PrintError(status);
  return kExitNotCarriedOut;
}

}  // namespace invocator
