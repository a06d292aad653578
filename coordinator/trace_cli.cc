#include "coordinator/trace_cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "coordinator/shapes/arrival_keys.h"

namespace invocator {
namespace {

constexpr char kTraceExamples[] = R"(
Formats: azure2019 (counts by minute; a file of durations among the files maps
functions to the instance of nearest expected_duration_ms), azure2021, huawei
(request counts of 2023 and 2025), timestamps (any CSV file). Each chosen
function becomes an instance: a copy of one of the template's, with the trace's
counts as its arrivals. docs/traces.md describes formats and output.

Examples:
  invocator trace azure2019 --onto template.json -o azure
    --from invocations_per_function_md.anon.d01.csv
    function_durations_percentiles.anon.d01.csv
  invocator trace huawei --from day_00.csv day_01.csv --start 20:00:00
    --minutes 600 --pick random --seed 7 --onto template.json -o huawei
  invocator trace timestamps --from log.csv --column time --unit iso8601
    --function-column path --minutes 60 --peak-rate 200 --onto template.json
    -o log

Exit codes: 0 workload written, 2 bad usage or input, 3 workload not written.)";

// Index of `text` among the words, for options of an enum.
template <size_t kCount>
size_t ChoiceOf(const char* option, const std::string& text,
                const absl::string_view (&words)[kCount]) {
  const auto* const found =
      std::find(std::begin(words), std::end(words), absl::string_view(text));
  if (found == std::end(words)) {
    throw CLI::ValidationError(
        option, absl::StrCat("expected ", absl::StrJoin(words, ", "),
                             ", found \"", text, "\""));
  }
  return static_cast<size_t>(found - std::begin(words));
}

void AddWindow(CLI::App& trace, TraceOptions& options) {
  trace
      .add_option_function<std::string>(
          "--start",
          [&options](const std::string& text) {
            const std::optional<int64_t> start_s = ParseClock(text);
            if (!start_s) {
              throw CLI::ValidationError(
                  "--start",
                  absl::StrCat("expected a time such as 00:09:00 "
                               "since the trace's beginning, found \"",
                               text, "\""));
            }
            options.window.start_s = *start_s;
          },
          "Time since the trace's beginning at which the test begins, hours "
          "beyond 24 included [00:00:00]")
      ->type_name("HH:MM:SS");
  trace
      .add_option("--minutes", options.window.minutes,
                  "Length of the test [150]")
      ->type_name("N")
      ->check(CLI::Range(1, 366 * 24 * 60));
}

// Returns the option --functions.
CLI::Option* AddPick(CLI::App& trace, TraceOptions& options) {
  CLI::Option* const functions =
      trace
          .add_option("--functions", options.pick.functions,
                      "Number of functions to choose [50]")
          ->type_name("N")
          ->check(CLI::Range(1u, kMostPickedFunctions));
  trace
      .add_option_function<std::string>(
          "--pick",
          [&options](const std::string& text) {
            const absl::Status status = ParsePick(text, options.pick);
            if (!status.ok()) {
              throw CLI::ValidationError(std::string(status.message()));
            }
          },
          "Functions to choose: busiest, random, or numbers of rows (huawei: "
          "columns of functions; others: by first appearance) [busiest]")
      ->type_name("busiest|random|ROWS");
  trace.add_option("--seed", options.pick.seed, "Seed of --pick random [1]")
      ->type_name("N");
  trace
      .add_option_function<double>(
          "--peak-rate",
          [&options](double rate) {
            if (!std::isfinite(rate) || rate <= 0) {
              throw CLI::ValidationError("--peak-rate",
                                         "expected calls per second, above 0");
            }
            options.peak_rate = rate;
          },
          "Thin the calls so that the busiest bin has this rate; never adds "
          "calls")
      ->type_name("CALLS/S");
  return functions;
}

void AddColumns(CLI::App& trace, TraceOptions& options) {
  trace
      .add_option("--column", options.columns.instant,
                  "timestamps: column of the instants [timestamp]")
      ->type_name("NAME");
  trace
      .add_option_function<std::string>(
          "--unit",
          [&options](const std::string& text) {
            options.columns.unit =
                static_cast<TimeUnit>(ChoiceOf("--unit", text, kTimeUnits));
          },
          "timestamps: unit of the instants [s]")
      ->type_name("s|ms|us|ns|iso8601");
  trace
      .add_option("--function-column", options.columns.function,
                  "timestamps: column that names the function [all rows are of "
                  "one function]")
      ->type_name("NAME");
}

}  // namespace

CLI::App* AddTraceCommand(CLI::App& app, TraceOptions& options) {
  CLI::App* trace = app.add_subcommand(
      "trace", "Makes a workload from a public trace; sends nothing");
  trace->footer(kTraceExamples);
  trace
      ->add_option_function<std::string>(
          "FORMAT",
          [&options](const std::string& text) {
            options.format = static_cast<TraceFormat>(
                ChoiceOf("FORMAT", text, kTraceFormats));
          },
          "azure2019, azure2021, huawei or timestamps")
      ->type_name("FORMAT")
      ->required();
  trace
      ->add_option("--from", options.files,
                   "CSV files of the trace; several days in their order")
      ->type_name("FILE")
      ->required();
  AddWindow(*trace, options);
  const CLI::Option* functions = AddPick(*trace, options);
  AddColumns(*trace, options);
  trace
      ->add_option("--onto", options.onto,
                   "Workload whose instances are copied, with or without "
                   "arrivals")
      ->type_name("FILE")
      ->required();
  trace
      ->add_option("-o,--output", options.out,
                   "Folder to create for the workload")
      ->type_name("DIR")
      ->required();
  trace->callback([trace, functions, &options] {
    if (options.pick.kind == PickKind::kRows && functions->count() > 0) {
      throw CLI::ValidationError("--functions",
                                 "--pick names the functions' rows already");
    }
    if (options.format == TraceFormat::kTimestamps) return;
    for (const char* name : {"--column", "--unit", "--function-column"}) {
      if (trace->count(name) == 0) continue;
      throw CLI::ValidationError(name, "is for the format timestamps");
    }
  });
  return trace;
}

}  // namespace invocator
