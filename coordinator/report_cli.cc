#include "coordinator/report_cli.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr char kReportExamples[] = R"(
Reads summary.json, timeline.csv, workers.csv, histograms.hlog and workload.json,
which must agree with each other. The page is one file that works without a
network. An existing file is replaced.

Examples:
  invocator report runs/monday
  invocator report runs/monday -o monday.html
  invocator report runs/monday runs/tuesday -o both.html

Exit codes: 0 page written, 2 bad usage or not the folder of a finished run, 3
page not written.)";

}  // namespace

CLI::App* AddReportCommand(CLI::App& app, ReportOptions& options) {
  CLI::App* report = app.add_subcommand(
      "report", "Makes the report page of finished runs; sends nothing");
  report->footer(kReportExamples);
  report
      ->add_option("RUN_DIR", options.folders,
                   "Folders of the runs; several are shown side by side")
      ->type_name("DIR")
      ->required();
  report
      ->add_option("-o,--output", options.output,
                   "HTML file to write [report.html in the run's folder]; "
                   "required for several runs")
      ->type_name("FILE");
  report->callback([&options] {
    const size_t given = options.folders.size();
    if (given > kMostReportedRuns) {
      throw CLI::ValidationError(
          "RUN_DIR", absl::StrCat("expected at most ", kMostReportedRuns,
                                  " folders, found ", given));
    }
    if (given > 1 && options.output.empty()) {
      throw CLI::ValidationError("-o",
                                 "is required for several runs: the page "
                                 "belongs to none of their folders");
    }
  });
  return report;
}

}  // namespace invocator
