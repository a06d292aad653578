// invocator: wires the command line to what it asks for.
#include <curl/curl.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/aws/aws_settings.h"
#include "common/base/environment.h"
#include "common/base/exit_code.h"
#include "common/base/scheduling.h"
#include "common/process/interrupt.h"
#include "common/process/process_setup.h"
#include "common/process/say.h"
#include "common/process/standard_output.h"
#include "common/words/foreign_text.h"
#include "coordinator/cli.h"
#include "coordinator/cost/price_table.h"
#include "coordinator/forecast/call_routes.h"
#include "coordinator/forecast/check_report.h"
#include "coordinator/forecast/plan_report.h"
#include "coordinator/forecast/plan_seconds.h"
#include "coordinator/forecast/preflight.h"
#include "coordinator/memory/lambda_endpoint.h"
#include "coordinator/memory/memory_session.h"
#include "coordinator/progress/progress_stream.h"
#include "coordinator/review/check_command.h"
#include "coordinator/review/compare_command.h"
#include "coordinator/review/report_command.h"
#include "coordinator/run/run_command.h"
#include "coordinator/text/terminal_question.h"
#include "coordinator/text/text_locale.h"
#include "coordinator/trace/trace_command.h"
#include "coordinator/workload/workload.h"

namespace {

void Tell(absl::string_view words) {
  invocator::Say(absl::StrCat("invocator: ", words));
}

// Effects of a run of the plan: the destination of calls and the memory sizes
// that it sets. Reports what `run` would refuse, unless --memory-size is keep.
invocator::PlanEffects EffectsOf(const invocator::LoadedWorkload& workload,
                                 const invocator::PlanOptions& options) {
  invocator::PlanEffects effects =
      invocator::CallRoutes(workload.plan, workload.lambda);
  if (options.memory.sizes_mb.empty()) return effects;
  const auto control = invocator::FindControlEndpoint(
      "", "", invocator::LoadAwsSettings(options.profile));
  const auto targets =
      control.ok()
          ? invocator::MemoryTargets(workload.plan,
                                     options.memory.sizes_mb.front(), *control)
          : control.status();
  const auto warning =
      targets.ok()
          ? invocator::SeriesWarning(workload.plan, options.memory, *control)
          : targets.status();
  if (!warning.ok()) {
    Tell(warning.status().message());
    return effects;
  }
  if (!warning->empty()) Tell(*warning);
  for (std::string& effect :
       invocator::MemoryEffects(workload.plan, options.memory, *control)) {
    effects.push_back(std::move(effect));
  }
  return effects;
}

// Returns warnings, one sentence each.
std::vector<std::string> PrintPlanAs(
    invocator::PlanOutput output, const invocator::Plan& plan,
    const invocator::PlanReportOptions& options, std::ostream& out) {
  std::ostringstream report;
  std::vector<std::string> warnings;
  switch (output) {
    case invocator::PlanOutput::kEvents:
      return invocator::NothingPlannedWarnings(
          plan, invocator::PrintEvents(plan, options.workers, out));
    case invocator::PlanOutput::kSeconds:
      return invocator::NothingPlannedWarnings(
          plan, invocator::PrintSeconds(plan, out));
    case invocator::PlanOutput::kCheck:
      warnings =
          invocator::PrintChecks(plan, invocator::CheckSchedules(plan), report);
      break;
    case invocator::PlanOutput::kSummary:
      warnings = invocator::PrintPlan(plan, options, report);
      break;
  }
  out << invocator::CleanText(report.str());
  return warnings;
}

int PlanWorkload(const invocator::PlanOptions& options) {
  invocator::WorkloadOptions workload_options =
      invocator::SystemWorkloadOptions(options.profile);
  // Nothing is sent.
  workload_options.header_variables.required = false;
  const auto workload =
      invocator::LoadWorkload(options.workload, workload_options);
  if (!workload.ok()) {
    Tell(workload.status().message());
    return invocator::kExitBadUsage;
  }
  for (const std::string& warning : workload->warnings) {
    Tell(warning);
  }
  const auto prices = invocator::LoadPrices(options.prices);
  if (!prices.ok()) {
    Tell(prices.status().message());
    return invocator::kExitBadUsage;
  }
  const invocator::PlanReportOptions report_options = {
      .workers = options.workers,
      .threads = options.threads,
      .pricing = {*prices, options.memory},
      .effects = EffectsOf(*workload, options),
      .bars = invocator::IsUtf8Locale(invocator::ProcessVariable)
                  ? invocator::ChartBars::kBlocks
                  : invocator::ChartBars::kAscii};
  invocator::StandardOutput output;
  const std::vector<std::string> warnings = PrintPlanAs(
      options.output, workload->plan, report_options, output.stream());
  const absl::Status written = output.Flush();
  for (const std::string& warning : warnings) Tell(warning);
  if (written.ok()) return invocator::kExitOk;
  Tell(written.message());
  return invocator::kExitNotCarriedOut;
}

// Writes progress to stderr, as text or JSON.
invocator::RunFollowers FollowersOf(const invocator::RunOptions& options) {
  invocator::RunFollowers followers;
  if (options.progress_as_json) {
    followers.are_at_stderr = false;
    followers.on_progress = [](const invocator::Json& object) {
      invocator::WriteProgressLine(object, stderr);
    };
  }
  return followers;
}

}  // namespace

int main(int argc, char** argv) {
  invocator::SetUpProcess("invocator");
  invocator::EndAtInterrupts();
  // Debian's Abseil looks for deadlocks at each of gRPC's locks, which takes a
  // tenth of a coordinator's time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // All threads but the engines, which say that they are none of these.
  invocator::WorkInBackground();
  curl_global_init(CURL_GLOBAL_ALL);
  invocator::RunHost host;
  host.count_interrupts = [] { invocator::CountInterrupts(); };
  host.interrupts = invocator::Interrupts;
  host.file_limit = invocator::RaiseFileLimit();
  if (invocator::CanAsk()) {
    host.ask = [](const std::string& question) {
      return invocator::AskYesOrNo(question, STDIN_FILENO,
                                   [] { return invocator::Interrupts() > 0; });
    };
  }
  const invocator::Command command = invocator::ParseCommandLine(argc, argv);
  if (const auto* run = std::get_if<invocator::RunOptions>(&command)) {
    if (run->stop_at_eof) invocator::InterruptAtEof(STDIN_FILENO);
    return invocator::RunWorkload(*run, host, FollowersOf(*run));
  }
  if (const auto* plan = std::get_if<invocator::PlanOptions>(&command)) {
    return PlanWorkload(*plan);
  }
  if (const auto* check = std::get_if<invocator::CheckOptions>(&command)) {
    return invocator::CheckFinishedRun(*check);
  }
  if (const auto* compare = std::get_if<invocator::CompareOptions>(&command)) {
    return invocator::CompareFinishedRuns(*compare);
  }
  if (const auto* report = std::get_if<invocator::ReportOptions>(&command)) {
    return invocator::ReportFinishedRuns(*report);
  }
  if (const auto* restore = std::get_if<invocator::RestoreOptions>(&command)) {
    return invocator::RestoreMemory(*restore, host);
  }
  if (const auto* trace = std::get_if<invocator::TraceOptions>(&command)) {
    return invocator::ConvertTrace(*trace);
  }
  return std::get<int>(command);
}
