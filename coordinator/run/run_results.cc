#include "coordinator/run/run_results.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/exit_code.h"
#include "coordinator/report/junit.h"
#include "coordinator/report/markdown_report.h"
#include "coordinator/report/notices.h"
#include "coordinator/report/run_histograms.h"
#include "coordinator/report/summary.h"
#include "coordinator/timeline/timeline_csv.h"
#include "coordinator/web/html_report.h"
#include "coordinator/web/metrics.h"
#include "coordinator/web/page_json.h"
#include "coordinator/web/shown_workload.h"
#include "coordinator/workload/workload_writer.h"

namespace invocator {
namespace {

std::vector<Usage> MeasuredUsages(const RunReport& report) {
  std::vector<Usage> usages;
  for (const auto& [name, totals] : report.instances) {
    usages.push_back(SentUsage(totals));
  }
  return usages;
}

Cost CostOfRun(const Plan& plan, const RunReport& report,
               const MemoryOfRun& memory, const PriceTable& prices,
               const std::string& stand_in) {
  std::vector<Usage> usages;
  for (size_t i = 0; i < report.instances.size(); ++i) {
    usages.push_back(SentUsage(report.BooksOf(i)));
  }
  Cost cost = ComputeCost(plan, usages, memory, prices);
  if (cost.applies && !stand_in.empty()) {
    cost.assumptions.push_back(
        absl::StrCat("as if AWS had answered, not ", stand_in));
  }
  for (const MemoryReport& function : report.memory) {
    if (!cost.applies || !function.overlap_found_mb) continue;
    cost.assumptions.push_back(
        absl::StrCat(function.application, " with ", function.memory_mb,
                     " MB, which it did not have throughout"));
  }
  return cost;
}

absl::Status WriteTimeline(const RunReport& report, const std::string& folder,
                           Readers readers) {
  std::vector<std::string> workers;
  for (const WorkerReport& worker : report.workers) {
    workers.push_back(worker.name);
  }
  absl::Status status =
      WriteTextFile(folder + "/timeline.csv",
                    TimelineCsv(*report.timeline, report.lane_names), readers);
  if (!status.ok()) return status;
  status = WriteTextFile(folder + "/workers.csv",
                         WorkersCsv(*report.timeline, workers), readers);
  if (!status.ok()) return status;
  return WriteHistograms(report, folder + "/histograms.hlog", readers);
}

absl::Status WriteIfWanted(const std::string& path, Readers readers,
                           absl::FunctionRef<std::string()> text) {
  return path.empty() ? absl::OkStatus() : WriteTextFile(path, text(), readers);
}

std::vector<std::string> InstanceNames(const Plan& plan) {
  std::vector<std::string> names;
  names.reserve(plan.instances.size());
  for (const InstancePlan& instance : plan.instances) {
    names.push_back(instance.name);
  }
  return names;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CsvWriter>> OpenCsv(const RunOptions& options,
                                                   const Plan& plan,
                                                   const std::string& folder,
                                                   Readers readers) {
  if (!options.write_records) return nullptr;
  return CsvWriter::Create(folder + "/invocations.csv", InstanceNames(plan),
                           readers, plan.WarmupNs());
}

std::string RunJson(const RunReport& report, const LoadedWorkload& workload,
                    const std::string& folder) {
  PageInputs inputs = PageInputsOf(report);
  inputs.folder = std::filesystem::path(folder).filename().string();
  inputs.workload =
      ShownWorkload(ResolvedWorkload(workload.plan, workload.thresholds));
  return RunPageJson(SummaryTree(report), inputs);
}

bool WriteResults(const RunReport& report, const LoadedWorkload& workload,
                  const RunOptions& options, const std::string& folder,
                  Readers readers, CsvWriter* csv) {
  const absl::Status endings[] = {
      csv != nullptr ? csv->Close() : absl::OkStatus(),
      WriteTextFile(folder + "/summary.json", SummaryJson(report), readers),
      WriteTimeline(report, folder, readers),
      WriteIfWanted(options.write_report ? folder + "/report.html" : "",
                    readers,
                    [&] {
                      return HtmlReport({RunJson(report, workload, folder)},
                                        report.test_name + report.variant);
                    }),
      WriteTextFile(folder + "/metrics.prom", MetricsText(FinalMetrics(report)),
                    readers),
      WriteIfWanted(options.junit, readers,
                    [&] {
                      return JUnitXml(report, report.thresholds,
                                      options.require_kept);
                    }),
      options.markdown.empty()
          ? absl::OkStatus()
          : AppendTextFile(options.markdown,
                           MarkdownReport(report, report.thresholds), readers)};
  bool all_ok = true;
  for (const absl::Status& ending : endings) {
    if (ending.ok()) continue;
    PrintError(ending);
    all_ok = false;
  }
  return all_ok;
}

void FillCost(const Plan& plan, const MemoryOfRun& memory,
              const PriceTable& prices, const std::string& stand_in,
              RunReport& report) {
  report.cost = CostOfRun(plan, report, memory, prices, stand_in);
  if (plan.warmup_s > 0) {
    report.measured_cost =
        ComputeCost(plan, MeasuredUsages(report), memory, prices);
  }
}

int ExitCodeOf(const RunReport& report, bool results_kept, bool carried_out,
               const absl::Status& restored, const RunOptions& options) {
  const bool restoring_interrupted = absl::IsCancelled(restored);
  if (!results_kept || !report.book_errors.empty() ||
      (!restored.ok() && !restoring_interrupted)) {
    return kExitNotCarriedOut;
  }
  if (report.interrupted || restoring_interrupted) return kExitInterrupted;
  if (!carried_out || !report.losses.empty() || !report.stopped.empty()) {
    return kExitNotCarriedOut;
  }
  if (options.require_kept && report.verdict.state != VerdictState::kKept) {
    return kExitNotKept;
  }
  const bool missed =
      report.aborted_by ||
      std::any_of(
          report.thresholds.begin(), report.thresholds.end(),
          [](const ThresholdResult& result) { return result.fails(); }) ||
      std::any_of(report.version_checks.begin(), report.version_checks.end(),
                  [](const VersionCheck& check) { return check.is_beyond; });
  return missed ? kExitThresholdMissed : kExitOk;
}

}  // namespace invocator
