#include "coordinator/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/base/exit_code.h"
#include "common/process/usage_error.h"
#include "coordinator/check_cli.h"
#include "coordinator/compare_cli.h"
#include "coordinator/memory_cli.h"
#include "coordinator/report_cli.h"
#include "coordinator/run/in_process_worker.h"
#include "coordinator/run_cli.h"
#include "coordinator/trace_cli.h"

namespace invocator {
namespace {

constexpr char kAbout[] =
    "Invokes serverless functions as a workload file specifies. Signs, "
    "measures and accounts for every call.";

constexpr char kExamples[] = R"(
Examples:
  invocator plan workload.json
  invocator run workload.json --endpoint-url http://127.0.0.1:9000
  invocator check runs/monday --threshold "response p99 < 300ms"
  invocator compare runs/monday runs/tuesday
  invocator report runs/monday
  invocator trace azure2019 --from day.csv --onto template.json -o azure
  invocator run --help)";

constexpr char kPlanExamples[] = R"(
Examples:
  invocator plan workload.json
  invocator plan workload.json --workers 4 --threads 2
  invocator plan workload.json --memory-size 128,512 --prices my-prices.json
  invocator plan workload.json --events > events.csv
  invocator plan workload.json --csv > seconds.csv
  invocator plan workload.json --check
  make-workload | invocator plan -)";

CLI::App* AddPlan(CLI::App& app, PlanOptions& options) {
  CLI::App* plan = app.add_subcommand(
      "plan", "Validates a workload and prints what would happen");
  plan->footer(kPlanExamples);
  plan->add_option("WORKLOAD", options.workload,
                   "The workload file (JSON); - is standard input")
      ->required();
  plan->add_option("--workers", options.workers, "Workers to plan for [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  plan->add_option("--threads", options.threads, "Engines of each worker [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  const auto add_output = [&](const char* name, PlanOutput output,
                              const char* about) {
    return plan->add_flag_callback(
        name, [&options, output] { options.output = output; }, about);
  };
  CLI::Option* events =
      add_output("--events", PlanOutput::kEvents,
                 "Print every invocation as CSV instead of the summary");
  CLI::Option* seconds =
      add_output("--csv", PlanOutput::kSeconds,
                 "Print planned and expected invocations of every second as "
                 "CSV instead of the summary");
  CLI::Option* check =
      add_output("--check", PlanOutput::kCheck,
                 "Test every instance's schedule against its distribution "
                 "instead of printing the summary");
  events->excludes(seconds)->excludes(check);
  seconds->excludes(check);
  AddProfileOption(*plan, options.profile);
  AddMemorySizeOption(*plan, options.memory,
                      "Memory sizes for the cost estimates, as for run [128]");
  AddPricesOption(*plan, options.prices);
  return plan;
}

}  // namespace

Command ParseCommandLine(int argc, char** argv) {
  CLI::App app(kAbout, "invocator");
  AddVersionFlag(app, "invocator " INVOCATOR_VERSION, LocalEventLoopWords);
  app.footer(kExamples);
  // Checked below: CLI11 would not name a command it does not know.
  app.require_subcommand(0, 1);
  RunOptions run_options;
  PlanOptions plan_options;
  const CLI::App* run = AddRunCommand(app, run_options);
  const CLI::App* plan = AddPlan(app, plan_options);
  CheckOptions check_options;
  const CLI::App* check = AddCheckCommand(app, check_options);
  CompareOptions compare_options;
  const CLI::App* compare = AddCompareCommand(app, compare_options);
  ReportOptions report_options;
  const CLI::App* report = AddReportCommand(app, report_options);
  RestoreOptions restore_options;
  const CLI::App* restore = AddRestoreCommand(app, restore_options);
  TraceOptions trace_options;
  const CLI::App* trace = AddTraceCommand(app, trace_options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return TellParseEnd(app, error);
  }
  if (run->parsed()) return run_options;
  if (plan->parsed()) return plan_options;
  if (check->parsed()) return check_options;
  if (compare->parsed()) return compare_options;
  if (report->parsed()) return report_options;
  if (restore->parsed()) return restore_options;
  if (trace->parsed()) return trace_options;
  std::fputs(app.help().c_str(), stderr);
  return kExitBadUsage;
}

}  // namespace invocator
