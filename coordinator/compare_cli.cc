#include "coordinator/compare_cli.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/json/suggestion.h"
namespace invocator {
namespace {

constexpr char kCompareExamples[] = R"(
Compares the last run with the earlier ones. Changes of means, percentiles and
shares have 95 % intervals: from the scatter of each run's bins and, with
several earlier runs, of their values. A --fail-if holds if the whole interval
is beyond it; for what has no interval, the change from every earlier run must
be. No data in one of the runs counts as beyond. Counts are compared as shares:
sent, dropped and unsent of the planned calls, cold of the calls known to be
cold or warm, others of the calls sent.

Two runs do not show how much runs on other hosts or at other hours vary: give
several earlier runs.

Examples:
  invocator compare runs/monday runs/tuesday
  invocator compare runs/monday runs/tuesday --fail-if "response p99 +5%"
  invocator compare runs/a runs/b runs/c --fail-if "response p99 +20ms"
    --fail-if "ok -0.5pp" --fail-if "ok_rate -5%"

Exit codes: 0 no --fail-if holds, 2 bad usage or not the folder of a finished
run, 3 the comparison could not be printed, 4 the schedule of a run was missed
(without --anyway), 5 a --fail-if holds.)";

}  // namespace

CLI::App* AddCompareCommand(CLI::App& app, CompareOptions& options) {
  CLI::App* compare = app.add_subcommand(
      "compare", "Compares a finished run with earlier ones");
  compare->footer(kCompareExamples);
  compare
      ->add_option("RUN_DIR", options.folders,
                   "Folders of the runs; the last is compared with the others")
      ->type_name("DIR")
      ->required();
  compare->callback([&options] {
    const size_t given = options.folders.size();
    if (given >= 2 && given <= kMostComparedRuns) return;
    throw CLI::ValidationError("RUN_DIR",
                               absl::StrCat("expected 2 to ", kMostComparedRuns,
                                            " folders, found ", given));
  });
  compare
      ->add_option_function<std::vector<std::string>>(
          "--fail-if",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              absl::StatusOr<ChangeLimit> limit =
                  ParseChangeLimit(text, &NearestWord);
              if (!limit.ok()) {
                throw CLI::ValidationError(
                    "--fail-if", std::string(limit.status().message()));
              }
              options.fail_if.push_back(*std::move(limit));
            }
          },
          "Exit with 5 if a value changes by more than this: \"response p99 "
          "+5%\" (of the earlier value), \"response p99 +20ms\", \"ok -0.5pp\" "
          "(percentage points); may be repeated")
      ->type_name("CHANGE")
      ->allow_extra_args(false);
  compare->add_flag("--anyway", options.anyway,
                    "Also compare runs whose schedule was missed");
  return compare;
}

}  // namespace invocator
