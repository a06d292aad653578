#include "coordinator/run/run.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/clock.h"
#include "common/base/environment.h"
#include "common/base/scheduling.h"
#include "common/http/address.h"
#include "common/plan/partition.h"
#include "common/process/machine_limits.h"
#include "common/process/say.h"
#include "common/wire/assignment_codec.h"
#include "common/wire/security.h"
#include "common/words/listing.h"
#include "coordinator/books/census.h"
#include "coordinator/conductor/conductor.h"
#include "coordinator/cost/cost.h"
#include "coordinator/cost/cost_report.h"
#include "coordinator/cost/price_table.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/fleet_limits.h"
#include "coordinator/fleet/listen_security.h"
#include "coordinator/forecast/call_routes.h"
#include "coordinator/forecast/preflight.h"
#include "coordinator/memory/function_locks.h"
#include "coordinator/memory/memory_session.h"
#include "coordinator/report/csv_writer.h"
#include "coordinator/report/output_folder.h"
#include "coordinator/report/progress_line.h"
#include "coordinator/report/summary.h"
#include "coordinator/report/text_report.h"
#include "coordinator/run/in_process_worker.h"
#include "coordinator/run/result_book.h"
#include "coordinator/text/terminal_question.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "coordinator/workload/workload_writer.h"
#include "spdlog/spdlog.h"

namespace invocator {
namespace {

constexpr absl::Duration kReadyTimeout = absl::Minutes(2);
// Beyond the largest timeout: a call that was sent late is to end by its own
// timeout, not by the drain.
constexpr absl::Duration kDrainGrace = absl::Seconds(1);
// Beyond the drain, for the last reports to arrive.
constexpr absl::Duration kReportGrace = absl::Seconds(30);

int Fail(ExitCode code, const absl::Status& status) {
  Say(absl::StrCat("invocator: ", status.message()));
  return code;
}

std::string NewRunId() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

absl::Duration LargestTimeout(const Plan& plan) {
  absl::Duration largest = absl::ZeroDuration();
  for (const InstancePlan& instance : plan.instances) {
    largest = std::max(largest, instance.timeout);
  }
  return largest;
}

wire::RunSettings MakeSettings(const RunOptions& options,
                               absl::Duration drain) {
  wire::RunSettings settings;
  settings.set_endpoint_url(options.endpoint_url);
  settings.set_http2(options.http2);
  settings.set_max_in_flight(options.max_in_flight);
  settings.set_drop_on_overload(options.drop_on_overload);
  settings.set_drain_ns(absl::ToInt64Nanoseconds(drain));
  settings.set_warm_connections(options.warm_connections);
  settings.set_record_ratio(options.write_records ? options.record_ratio : 0);
  settings.set_spin_ns(absl::ToInt64Nanoseconds(options.spin));
  return settings;
}

std::vector<std::string> InstanceNames(const Plan& plan) {
  std::vector<std::string> names;
  for (const InstancePlan& instance : plan.instances) {
    names.push_back(instance.name);
  }
  return names;
}

std::vector<std::string> WorkerNames(const std::vector<RunWorker>& workers) {
  std::vector<std::string> names;
  for (const RunWorker& worker : workers) names.push_back(worker.name);
  return names;
}

std::vector<Machine> MachinesOf(const std::vector<RunWorker>& workers,
                                bool single_node) {
  std::vector<Machine> machines;
  for (const RunWorker& worker : workers) {
    machines.push_back(
        {single_node ? "this machine" : absl::StrCat("worker ", worker.name),
         worker.limits});
  }
  return machines;
}

void Warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    Say(absl::StrCat("invocator: ", warning));
  }
}

// What protects the fleet; an error if that is less than its address needs.
absl::StatusOr<Security> SecureListening(const RunOptions& options) {
  const absl::StatusOr<Address> address = ParseAddress(options.listen);
  if (!address.ok()) return address.status();
  absl::StatusOr<Security> security = LoadSecurity(options.security);
  if (!security.ok()) return security;
  Warn(security->warnings);
  const std::string missing = MissingProtection(*address, *security);
  if (missing.empty()) return security;
  if (!options.security.insecure) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--listen ", options.listen, " is open to other machines without ",
        missing, ": give that, or --insecure to do without"));
  }
  spdlog::warn("--insecure: {} is open to other machines without {}",
               options.listen, missing);
  return security;
}

WorkloadOptions MakeWorkloadOptions(const RunOptions& options) {
  WorkloadOptions workload_options = SystemWorkloadOptions(options.profile);
  // Changes only the address of the calls; path, Host header and signature
  // stay.
  if (!options.endpoint_url.empty()) {
    workload_options.lambda = ConfiguredEndpoint();
  }
  if (options.seed) {
    workload_options.draw_seed = [seed = *options.seed] { return seed; };
  }
  return workload_options;
}

MemoryOptions MakeMemoryOptions(const RunOptions& options) {
  return {.size = options.memory,
          .restore = options.restore_memory,
          .yes = options.yes,
          .endpoint_url = options.endpoint_url,
          .control_endpoint_url = options.control_endpoint_url,
          .target = options.target,
          .profile = options.profile};
}

void TellPlan(const Plan& plan, const Census& census,
              const std::string& folder) {
  Say(absl::StrFormat("%s: %s of %s in %g s, seed %d, results in %s",
                      plan.test_name, Counted(census.total.count, "invocation"),
                      Counted(plan.instances.size(), "instance"),
                      plan.duration_s, plan.seed, folder));
}

void TellCost(const Cost& cost) {
  if (!cost.applies) return;
  Say(absl::StrCat("estimated cost ", CostWords(cost)));
}

Cost CostOfRun(const Plan& plan, const RunReport& report,
               const MemoryOfRun& memory, const PriceTable& prices,
               const std::string& stand_in) {
  std::vector<Usage> usages;
  for (const auto& [name, totals] : report.instances) {
    usages.push_back(SentUsage(totals));
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

// The exit code of a run that was started, worst first.
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
  return kExitOk;
}

// What a run needs, found good before anything happens.
struct CheckedRun {
  LoadedWorkload workload;
  PriceTable prices;
  std::optional<ChosenCredentials> credentials;  // the in-process worker's
  Security security;                             // the fleet's
  FleetLimits fleet_limits;
  MemoryPlan memory;
};

absl::StatusOr<CheckedRun> CheckRun(const RunOptions& options,
                                    uint64_t file_limit) {
  CheckedRun run;
  if (options.workers > 0) {
    const auto limits = FleetLimitsOf(options.workers, file_limit);
    if (!limits.ok()) return limits.status();
    run.fleet_limits = *limits;
  }
  absl::StatusOr<LoadedWorkload> workload =
      LoadWorkload(options.workload, MakeWorkloadOptions(options));
  if (!workload.ok()) return workload.status();
  run.workload = *std::move(workload);
  Warn(run.workload.warnings);
  absl::StatusOr<PriceTable> prices = LoadPrices(options.prices);
  if (!prices.ok()) return prices.status();
  run.prices = *std::move(prices);
  if (options.workers == 0) {
    Warn(ExposedKeyWarnings(options.target));
    auto needs =
        FindLocalNeeds(run.workload.plan, options.target, options.profile);
    if (!needs.ok()) return needs.status();
    run.credentials = *std::move(needs);
  } else {
    absl::StatusOr<Security> security = SecureListening(options);
    if (!security.ok()) return security.status();
    run.security = *std::move(security);
  }
  absl::StatusOr<MemoryPlan> memory = PlanMemory(
      run.workload.plan, MakeMemoryOptions(options), run.credentials);
  if (!memory.ok()) return memory.status();
  run.memory = *std::move(memory);
  return run;
}

// Null if no records are wanted.
absl::StatusOr<std::unique_ptr<CsvWriter>> OpenCsv(const RunOptions& options,
                                                   const Plan& plan,
                                                   const std::string& folder,
                                                   Readers readers) {
  if (!options.write_records) return nullptr;
  return CsvWriter::Create(folder + "/invocations.csv", InstanceNames(plan),
                           readers);
}

// Of the in-process worker.
uint32_t EnginesOf(const RunOptions& options) {
  return options.threads != 0 ? options.threads : UsableCores();
}

std::unique_ptr<InProcessWorker> StartWorker(
    Fleet& fleet, const RunOptions& options, uint64_t file_limit,
    std::optional<ChosenCredentials> credentials) {
  InProcessWorkerOptions worker_options;
  worker_options.file_limit = file_limit;
  worker_options.pin = options.pin;
  worker_options.threads = EnginesOf(options);
  worker_options.target = options.target;
  worker_options.profile = options.profile;
  worker_options.credentials = std::move(credentials);
  return std::make_unique<InProcessWorker>(fleet.InProcessChannel(),
                                           worker_options);
}

// Ends the files and prints the report; false if anything of that failed.
bool WriteResults(const RunReport& report, const std::string& folder,
                  Readers readers, CsvWriter* csv) {
  // Files first: whoever reads stdout may go away.
  const absl::Status endings[] = {
      csv != nullptr ? csv->Close() : absl::OkStatus(),
      WriteTextFile(folder + "/summary.json", SummaryJson(report), readers),
      Print(TextReport(report))};
  bool all_ok = true;
  for (const absl::Status& ending : endings) {
    if (ending.ok()) continue;
    Fail(kExitNotCarriedOut, ending);
    all_ok = false;
  }
  return all_ok;
}

// Ends a run before it changes a function or waits for workers.
struct Refusal {
  ExitCode code;
  absl::Status status;
};

// Checks that the run can and may change the functions; nullopt: it may.
std::optional<Refusal> RefuseMemory(MemorySession& memory, FunctionLocks& locks,
                                    const RunHost& host) {
  absl::Status status = memory.Read();
  // An interrupted run is called off a little later, with results that say so.
  if (absl::IsCancelled(status)) return std::nullopt;
  if (!status.ok()) return Refusal{kExitNotCarriedOut, std::move(status)};
  status = memory.Claim(locks);
  if (!status.ok()) return Refusal{kExitBadUsage, std::move(status)};
  const std::string question = memory.Question();
  if (question.empty() || !CanAsk()) return std::nullopt;
  const absl::StatusOr<bool> answer = AskYesOrNo(
      question, STDIN_FILENO, [&host] { return host.interrupts() > 0; });
  if (!answer.ok()) return Refusal{kExitInterrupted, answer.status()};
  if (*answer) return std::nullopt;
  return Refusal{
      kExitBadUsage,
      absl::FailedPreconditionError(
          "nothing was changed and nothing sent; --memory-size MB sets "
          "the functions' memory, --memory-size keep leaves it, "
          "--yes changes it without asking")};
}

}  // namespace

int RunWorkload(const RunOptions& options, const RunHost& host,
                RunReport* report_out, FunctionLocks* locks) {
  absl::StatusOr<CheckedRun> checked = CheckRun(options, host.file_limit);
  if (!checked.ok()) return Fail(kExitBadUsage, checked.status());
  if (options.workers == 0) {
    const absl::Status enough =
        CheckOpenFiles(host.file_limit, EnginesOf(options));
    if (!enough.ok()) return Fail(kExitNotCarriedOut, enough);
  }
  const Plan& plan = checked->workload.plan;
  const MemoryOfRun memory_of_run = MakeMemoryOfRun(
      plan, checked->memory.targets, options.memory.sizes_mb.empty());

  const bool single_node = options.workers == 0;
  const size_t workers = single_node ? 1 : options.workers;
  const std::vector<std::vector<Share>> partition =
      PartitionPlan(plan, workers);
  const absl::Duration drain =
      options.drain.value_or(LargestTimeout(plan) + kDrainGrace);
  const wire::RunSettings settings = MakeSettings(options, drain);
  const absl::Status fits = CheckAssignmentSize(plan, settings, partition);
  if (!fits.ok()) return Fail(kExitBadUsage, fits);
  const Census census = TakeCensus(plan, partition);

  const absl::Status threads = CheckThreads(GrpcThreads(UsableCores()));
  if (!threads.ok()) return Fail(kExitNotCarriedOut, threads);
  auto fleet =
      Fleet::Create(options.listen, checked->security, checked->fleet_limits);
  if (!fleet.ok()) return Fail(kExitNotCarriedOut, fleet.status());

  host.count_interrupts();
  for (const std::string& route : CallRoutes(plan, checked->workload.lambda)) {
    Say(route);
  }
  // They outlive the session, whose destructor restores.
  FunctionLocks own_locks;
  MemorySession memory(std::move(checked->memory), host.interrupts);
  const auto refusal =
      RefuseMemory(memory, locks == nullptr ? own_locks : *locks, host);
  if (refusal) return Fail(refusal->code, refusal->status);

  // Results are as private as what they came from.
  const Readers readers =
      checked->workload.is_private ? Readers::kOwner : Readers::kUmask;
  const absl::Time now = absl::Now();
  const absl::StatusOr<std::string> folder = CreateOutputFolder(
      options.out, plan.test_name, now, options.out_suffix, readers);
  if (!folder.ok()) return Fail(kExitBadUsage, folder.status());
  absl::Status begun = WriteResolvedWorkload(plan, *folder);
  const auto csv = OpenCsv(options, plan, *folder, readers);
  begun.Update(csv.status());
  if (!begun.ok()) {
    RemoveOutputFolder(*folder);
    return Fail(kExitNotCarriedOut, begun);
  }
  TellPlan(plan, census, *folder);
  TellCost(
      ComputeCost(plan, PlannedUsages(census), memory_of_run, checked->prices));
  Warn(NothingPlannedWarnings(plan, census));
  Warn(AwsWarnings(plan, census));

  const SystemSteadyClock clock;
  Conductor conductor(
      **fleet, clock, host.interrupts,
      {options.on_worker_loss,
       single_node ? std::nullopt : std::optional(LeaseTerms())});
  // Declared before the worker, whose end waits for its session to end.
  std::unique_ptr<InProcessWorker> worker;
  const auto dismiss = [&](const absl::Status& reason) {
    conductor.Dismiss(reason);
    worker.reset();
  };
  if (single_node) {
    worker = StartWorker(**fleet, options, host.file_limit,
                         std::move(checked->credentials));
  }
  absl::Status ready = conductor.Gather(workers, options.gather_timeout);
  if (ready.ok()) {
    Warn(MachineWarnings(plan, census,
                         MachinesOf(conductor.workers(), single_node)));
    ready = memory.Set(*folder);
  }
  if (ready.ok()) {
    ready = conductor.Prepare(plan, partition, settings, kReadyTimeout);
  }
  if (!ready.ok() && !(conductor.interrupted() && absl::IsCancelled(ready))) {
    dismiss(ready);
    ready.Update(memory.Restore());
    // What could not be restored is written down in the folder.
    if (!memory.is_pending()) RemoveOutputFolder(*folder);
    return Fail(kExitNotCarriedOut, ready);
  }

  ProgressLine progress(
      stderr, TakesEscapes(isatty(STDERR_FILENO) != 0, ProcessVariable));
  ResultBook book(plan, census, WorkerNames(conductor.workers()), csv->get(),
                  progress, options.stop_on_auth_error, options.record_ratio);
  const absl::Status played =
      ready.ok()
          ? conductor.Play(
                absl::Seconds(plan.duration_s) + drain + kReportGrace, book)
          : ready;
  // Interrupted before the start, the books say that nothing was sent.
  const bool was_called_off =
      !ready.ok() || (conductor.interrupted() && absl::IsCancelled(played));
  // Closing the books may take a while: nobody has to wait for it.
  dismiss(played);
  const absl::Status restored = memory.Restore();
  RunReport report =
      book.Close(conductor.workers(),
                 {conductor.interrupted(), conductor.aborted(), book.refused()},
                 options.verdict_limits);
  report.run_id = NewRunId();
  report.started_at = now;
  report.memory = memory.Report();
  report.cost = CostOfRun(
      plan, report, memory_of_run, checked->prices,
      StandInFor(plan, options.endpoint_url, checked->workload.lambda));

  const bool carried_out = was_called_off || played.ok();
  if (!carried_out) Fail(kExitNotCarriedOut, played);
  if (!restored.ok()) Fail(kExitNotCarriedOut, restored);
  const bool results_kept = WriteResults(report, *folder, readers, csv->get());
  const int code =
      ExitCodeOf(report, results_kept, carried_out, restored, options);
  if (report_out != nullptr) *report_out = std::move(report);
  return code;
}

}  // namespace invocator
