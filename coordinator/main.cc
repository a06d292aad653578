// invocator: wires the command line to what it asks for.
#include <curl/curl.h>

#include <sstream>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/foreign_text.h"
#include "common/interrupt.h"
#include "common/process_setup.h"
#include "common/say.h"
#include "common/scheduling.h"
#include "common/standard_output.h"
#include "coordinator/cli.h"
#include "coordinator/memory_series.h"
#include "coordinator/memory_session.h"
#include "coordinator/plan_report.h"
#include "coordinator/price_table.h"
#include "coordinator/run.h"
#include "coordinator/workload.h"

namespace {

void Tell(absl::string_view words) {
  invocator::Say(absl::StrCat("invocator: ", words));
}

int PlanWorkload(const invocator::PlanOptions& options) {
  const auto workload = invocator::LoadWorkload(
      options.workload, invocator::SystemWorkloadOptions(options.profile));
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
  // What `run` would refuse, unless it is told to keep memory sizes.
  if (!options.memory.sizes_mb.empty()) {
    const auto memory = invocator::MemoryTargets(
        workload->plan, options.memory.sizes_mb.front());
    const auto warning =
        invocator::SeriesWarning(workload->plan, options.memory);
    if (!memory.ok() || !warning.ok()) {
      Tell((memory.ok() ? warning.status() : memory.status()).message());
    } else if (!warning->empty()) {
      Tell(*warning);
    }
  }
  invocator::StandardOutput output;
  if (options.events) {
    invocator::PrintEvents(workload->plan, options.workers, output.stream());
  } else {
    std::ostringstream report;
    invocator::PrintPlan(workload->plan, options.workers, options.threads,
                         {*prices, options.memory}, report);
    output.stream() << invocator::CleanText(report.str());
  }
  const absl::Status written = output.Flush();
  if (written.ok()) return invocator::kExitOk;
  Tell(written.message());
  return invocator::kExitNotCarriedOut;
}

}  // namespace

int main(int argc, char** argv) {
  invocator::SetUpProcess("invocator");
  // Debian's Abseil looks for deadlocks at each of gRPC's locks, which takes a
  // tenth of a coordinator's time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // All threads but the engines, which say that they are none of these.
  invocator::WorkInBackground();
  // Words for people go to stderr; stdout is for results.
  invocator::LogToStderr("invocator");
  curl_global_init(CURL_GLOBAL_ALL);
  const invocator::RunHost host = {[] { invocator::CountInterrupts(); },
                                   invocator::Interrupts,
                                   invocator::RaiseFileLimit()};
  const invocator::Command command = invocator::ParseCommandLine(argc, argv);
  if (const auto* run = std::get_if<invocator::RunOptions>(&command)) {
    return invocator::RunMemorySizes(*run, host);
  }
  if (const auto* plan = std::get_if<invocator::PlanOptions>(&command)) {
    return PlanWorkload(*plan);
  }
  if (const auto* restore = std::get_if<invocator::RestoreOptions>(&command)) {
    return invocator::RestoreMemory(*restore, host);
  }
  return std::get<int>(command);
}
