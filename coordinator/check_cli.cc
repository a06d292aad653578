#include "coordinator/check_cli.h"

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/workload/threshold_reader.h"

namespace invocator {
namespace {

constexpr char kCheckExamples[] = R"(
Judges by the files that the run left: counts, means and extremes of
summary.json, percentiles of histograms.hlog, checks of workload.json. A check
with "abort" is judged on the whole run, but is missed if it ended the run.

Examples:
  invocator check runs/test-20261123T053602.347Z
  invocator check runs/monday --threshold "response p99 < 300ms"
    --threshold "ok >= 99.9%"
  invocator check runs/monday --junit junit.xml --markdown summary.md

Exit codes: 0 every threshold was met, 2 bad usage or not the folder of a
finished run, 3 the run was not carried out or lost load, 5 a threshold was
missed or had no data, 130 the run was interrupted.)";

}  // namespace

CLI::App* AddCheckCommand(CLI::App& app, CheckOptions& options) {
  CLI::App* check = app.add_subcommand(
      "check", "Judges a finished run again, without sending anything");
  check->footer(kCheckExamples);
  check->add_option("RUN_DIR", options.folder, "The run's folder")->required();
  check
      ->add_option_function<std::vector<std::string>>(
          "--threshold",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              absl::StatusOr<Threshold> threshold = ReadCheck(text);
              if (!threshold.ok()) {
                throw CLI::ValidationError(
                    "--threshold", std::string(threshold.status().message()));
              }
              options.thresholds.push_back(*std::move(threshold));
            }
          },
          "Check of the whole run, beside those of the workload: \"response "
          "p99 < 300ms\", \"ok >= 99.9%\"; may be given several times")
      ->type_name("CHECK")
      ->allow_extra_args(false);
  check
      ->add_option("--junit", options.junit,
                   "File to write the judgement to as JUnit XML")
      ->type_name("FILE");
  check
      ->add_option("--markdown", options.markdown,
                   "File to write the judgement to as Markdown")
      ->type_name("FILE");
  return check;
}

}  // namespace invocator
