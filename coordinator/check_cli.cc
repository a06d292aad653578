#include "coordinator/check_cli.h"

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/workload/threshold_reader.h"

namespace invocator {
namespace {

constexpr char kCheckExamples[] = R"(
Reads counts, means, minima and maxima from summary.json, percentiles from
histograms.hlog and thresholds from workload.json. Thresholds with "abort" are
judged on the whole run; one that ended the run is missed in any case.

Examples:
  invocator check runs/test-20261123T053602.347Z
  invocator check runs/monday --threshold "response p99 < 300ms"
    --threshold "ok >= 99.9%"
  invocator check runs/monday --junit junit.xml --markdown summary.md

Exit codes: 0 no threshold missed, 2 bad usage or not the folder of a finished
run, 3 run not carried out or load lost, or results not written, 5 a threshold
missed or without data, 130 run interrupted.)";

}  // namespace

CLI::App* AddCheckCommand(CLI::App& app, CheckOptions& options) {
  CLI::App* check = app.add_subcommand(
      "check", "Judges the thresholds of a finished run; sends nothing");
  check->footer(kCheckExamples);
  check->add_option("RUN_DIR", options.folder, "Folder of the run")->required();
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
          "Threshold of the whole run, in addition to the workload's: "
          "\"response p99 < 300ms\", \"ok >= 99.9%\"; may be repeated")
      ->type_name("CHECK")
      ->allow_extra_args(false);
  check
      ->add_option("--junit", options.junit,
                   "JUnit XML file to write thresholds and verdict to")
      ->type_name("FILE");
  check
      ->add_option("--markdown", options.markdown,
                   "Markdown file to append a report to")
      ->type_name("FILE");
  return check;
}

}  // namespace invocator
