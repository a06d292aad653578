#include "coordinator/run/run.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/environment.h"
#include "common/base/exit_code.h"
#include "common/process/live_lines.h"
#include "common/process/say.h"
#include "coordinator/conductor/conductor.h"
#include "coordinator/cost/cost.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/forecast/call_routes.h"
#include "coordinator/forecast/preflight.h"
#include "coordinator/memory/memory_session.h"
#include "coordinator/progress/progress_line.h"
#include "coordinator/progress/progress_stream.h"
#include "coordinator/report/csv_writer.h"
#include "coordinator/report/notices.h"
#include "coordinator/report/output_folder.h"
#include "coordinator/report/run_judgement.h"
#include "coordinator/report/text_report.h"
#include "coordinator/run/in_process_worker.h"
#include "coordinator/run/live_view.h"
#include "coordinator/run/result_book.h"
#include "coordinator/run/run_check.h"
#include "coordinator/run/run_results.h"
#include "coordinator/run/shown_command.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload_writer.h"

namespace invocator {
namespace {

constexpr absl::Duration kReadyTimeout = absl::Minutes(2);
// Beyond the drain, for the last reports to arrive.
constexpr absl::Duration kReportGrace = absl::Seconds(30);

// Ends a run before it has played.
struct Refusal {
  ExitCode code;
  absl::Status status;
};

std::string NewRunId() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

std::vector<std::string> WorkerNames(const std::vector<RunWorker>& workers) {
  std::vector<std::string> names;
  names.reserve(workers.size());
  for (const RunWorker& worker : workers) names.push_back(worker.name);
  return names;
}

std::vector<Machine> MachinesOf(const std::vector<RunWorker>& workers,
                                bool single_node) {
  std::vector<Machine> machines;
  machines.reserve(workers.size());
  for (const RunWorker& worker : workers) {
    machines.push_back(
        {single_node ? "this machine" : absl::StrCat("worker ", worker.name),
         worker.limits});
  }
  return machines;
}

// The memory size given for the run, if any.
std::optional<uint32_t> MemorySizeOf(const RunOptions& options) {
  const std::vector<uint32_t>& sizes_mb = options.memory.sizes_mb;
  if (!options.memory.is_given || sizes_mb.empty()) return std::nullopt;
  return sizes_mb.front();
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
  if (question.empty() || !host.ask) return std::nullopt;
  const absl::StatusOr<bool> answer = host.ask(question);
  if (!answer.ok()) return Refusal{kExitInterrupted, answer.status()};
  if (*answer) return std::nullopt;
  return Refusal{
      kExitBadUsage,
      absl::FailedPreconditionError(
          "nothing was changed and nothing sent; --memory-size MB sets "
          "the functions' memory, --memory-size keep leaves it, "
          "--yes changes it without asking")};
}

class Run {
 public:
  Run(const LoadedWorkload& workload, const RunOptions& options,
      const RunHost& host, FunctionLocks& locks, const RunFollowers& followers)
      : workload_(workload),
        plan_(workload.plan),
        options_(options),
        host_(host),
        locks_(locks),
        followers_(followers),
        live_(followers.live) {}
  // Dismisses the worker if an exception ends the run.
  ~Run() {
    if (worker_) Dismiss(absl::CancelledError("the run is given up"));
  }

  // In this order, each after the one before returned nullopt.
  std::optional<Refusal> Check();
  std::optional<Refusal> Open();
  std::optional<Refusal> Play(RunReport& report);
  // Returns the exit code.
  int Close(RunReport& report);

 private:
  bool is_single_node() const { return options_.workers == 0; }
  // Listens, and claims the functions.
  std::optional<Refusal> OpenFleet();
  std::optional<Refusal> OpenFolder();
  // Gathers workers, sets memory sizes, hands out the shares.
  absl::Status Prepare();
  // Ends all streams, and with them the in-process worker.
  void Dismiss(const absl::Status& reason);

  const LoadedWorkload& workload_;
  const Plan& plan_;
  const RunOptions& options_;
  const RunHost& host_;
  FunctionLocks& locks_;
  const RunFollowers& followers_;
  LiveView* const live_;  // null: not served
  const std::string run_id_ = NewRunId();

  CheckedRun checked_;
  DividedPlan divided_;
  std::unique_ptr<Fleet> fleet_;
  // Restores the functions in the end, however the run ends.
  std::optional<MemorySession> memory_;
  Readers readers_ = Readers::kUmask;
  absl::Time started_at_;
  std::string folder_;
  std::unique_ptr<CsvWriter> csv_;  // null: no records
  // Until the results are written: they do not wait for a stopped terminal.
  std::optional<LiveLines> lines_;
  const SystemSteadyClock clock_;
  std::optional<Conductor> conductor_;
  std::unique_ptr<InProcessWorker> worker_;  // of a single node
  absl::Status played_;
  bool carried_out_ = false;
  absl::Status restored_;
};

std::optional<Refusal> Run::Check() {
  auto checked = CheckRun(plan_, options_, host_);
  if (absl::IsCancelled(checked.status())) {
    return Refusal{kExitInterrupted, checked.status()};
  }
  if (!checked.ok()) return Refusal{kExitBadUsage, checked.status()};
  checked_ = *std::move(checked);
  absl::Status machine = CheckMachine(options_, host_.file_limit);
  if (!machine.ok()) return Refusal{kExitNotCarriedOut, std::move(machine)};
  auto divided = DividePlan(plan_, options_);
  if (!divided.ok()) return Refusal{kExitBadUsage, divided.status()};
  divided_ = *std::move(divided);
  return std::nullopt;
}

std::optional<Refusal> Run::Open() {
  if (auto refusal = OpenFleet()) return refusal;
  if (auto refusal = OpenFolder()) return refusal;
  const Census& census = divided_.census;
  PrintPlanned(plan_, census, folder_);
  PrintEstimate(ComputeCost(plan_, PlannedUsages(census),
                            checked_.memory_of_run, checked_.prices));
  Warn(NothingPlannedWarnings(plan_, census));
  Warn(AwsWarnings(plan_, census));
  return std::nullopt;
}

std::optional<Refusal> Run::OpenFleet() {
  auto fleet =
      Fleet::Create(options_.listen, checked_.security, checked_.fleet_limits);
  if (!fleet.ok()) return Refusal{kExitNotCarriedOut, fleet.status()};
  fleet_ = *std::move(fleet);
  host_.count_interrupts();
  for (const std::string& route : CallRoutes(plan_, workload_.lambda)) {
    Say(route);
  }
  memory_.emplace(std::move(checked_.memory), host_.interrupts);
  return RefuseMemory(*memory_, locks_, host_);
}

std::optional<Refusal> Run::OpenFolder() {
  // Results are as private as what they came from.
  readers_ = workload_.is_private ? Readers::kOwner : Readers::kUmask;
  started_at_ = absl::Now();
  absl::StatusOr<std::string> folder =
      CreateOutputFolder(options_.out, plan_.test_name, started_at_,
                         options_.out_suffix, readers_);
  if (!folder.ok()) return Refusal{kExitBadUsage, folder.status()};
  folder_ = *std::move(folder);
  absl::Status begun =
      WriteResolvedWorkload(plan_, folder_, workload_.thresholds);
  auto csv = OpenCsv(options_, plan_, folder_, readers_);
  begun.Update(csv.status());
  if (!begun.ok()) {
    RemoveOutputFolder(folder_);
    return Refusal{kExitNotCarriedOut, std::move(begun)};
  }
  csv_ = *std::move(csv);
  return std::nullopt;
}

absl::Status Run::Prepare() {
  absl::Status status =
      conductor_->Gather(divided_.partition.size(), options_.gather_timeout);
  if (!status.ok()) return status;
  if (live_ != nullptr) live_->ShowWorkers();
  Warn(MachineWarnings(plan_, divided_.census,
                       MachinesOf(conductor_->workers(), is_single_node())));
  status = memory_->Set(folder_);
  if (!status.ok()) return status;
  return conductor_->Prepare(plan_, divided_.partition, divided_.settings,
                             kReadyTimeout);
}

void Run::Dismiss(const absl::Status& reason) {
  conductor_->Dismiss(reason);
  worker_.reset();
}

std::optional<Refusal> Run::Play(RunReport& report) {
  conductor_.emplace(
      *fleet_, clock_, host_.interrupts,
      ConductorOptions{
          options_.on_worker_loss,
          is_single_node() ? std::nullopt : std::optional(LeaseTerms())});
  if (live_ != nullptr) {
    live_->Begin({&workload_, &divided_.census, &conductor_->workers(), run_id_,
                  options_.out_suffix, ShownCommand(options_), started_at_});
  }
  if (is_single_node()) {
    worker_ = StartWorker(*fleet_, options_, host_.file_limit,
                          std::move(checked_.credentials));
  }
  absl::Status ready = Prepare();
  if (!ready.ok() && !(conductor_->interrupted() && absl::IsCancelled(ready))) {
    Dismiss(ready);
    ready.Update(memory_->Restore());
    // What could not be restored is written down in the folder.
    if (!memory_->is_pending()) RemoveOutputFolder(folder_);
    return Refusal{kExitNotCarriedOut, std::move(ready)};
  }
  std::optional<ProgressStream> stream;
  if (followers_.on_progress) {
    stream.emplace(followers_.on_progress, folder_, MemorySizeOf(options_),
                   plan_.duration_s);
  }
  if (followers_.are_at_stderr &&
      TakesEscapes(isatty(STDERR_FILENO) != 0, ProcessVariable)) {
    lines_.emplace(STDERR_FILENO);
  }
  ProgressLine progress(followers_.are_at_stderr ? stderr : nullptr,
                        lines_ ? &*lines_ : nullptr);
  ResultBook book(plan_, divided_.census, WorkerNames(conductor_->workers()),
                  csv_.get(), progress, options_.stop_on_auth_error,
                  options_.record_ratio, workload_.thresholds);
  book.EndWhenKnown(checked_.until, divided_.settings.drain_ns);
  book.ShowIn(live_);
  book.StreamTo(stream ? &*stream : nullptr);
  if (followers_.on_record) book.ShareRecords(followers_.on_record);
  played_ = ready.ok() ? conductor_->Play(
                             absl::Seconds(plan_.duration_s) +
                                 absl::Nanoseconds(divided_.settings.drain_ns) +
                                 kReportGrace,
                             book)
                       : ready;
  progress.Finish();
  book.EndStream();
  // Interrupted before the start, the books say that nothing was sent.
  const bool was_called_off =
      !ready.ok() || (conductor_->interrupted() && absl::IsCancelled(played_));
  carried_out_ = was_called_off || played_.ok();
  // Closing the books may take a while: nobody has to wait for it.
  Dismiss(played_);
  restored_ = memory_->Restore();
  report = book.Close(conductor_->workers(),
                      {conductor_->interrupted(), conductor_->aborted()},
                      options_.verdict_limits);
  return std::nullopt;
}

int Run::Close(RunReport& report) {
  if (live_ != nullptr) live_->NoteInterrupts(host_.interrupts());
  report.run_id = run_id_;
  report.variant = options_.out_suffix;
  report.folder = folder_;
  report.started_at = started_at_;
  report.command = ShownCommand(options_);
  report.memory = memory_->Report();
  FillCost(plan_, checked_.memory_of_run, checked_.prices,
           StandInFor(plan_, options_.endpoint_url, workload_.lambda), report);
  report.thresholds = JudgeRun(workload_.thresholds, report);
  report.version_checks = JudgeVersions(checked_.fail_if, report);
  if (!carried_out_) PrintError(played_);
  if (!restored_.ok()) PrintError(restored_);
  bool results_kept =
      WriteResults(report, workload_, options_, folder_, readers_, csv_.get());
  // Printed last: stdout's reader may be slow, or go away.
  if (live_ != nullptr) {
    live_->Finish(report, RunJson(report, workload_, folder_));
    const bool is_of_series = !report.variant.empty();
    if (!is_of_series) live_->End();
  }
  if (followers_.on_report) followers_.on_report(report);
  const absl::Status printed = Print(TextReport(report));
  if (!printed.ok()) PrintError(printed);
  results_kept &= printed.ok();
  return ExitCodeOf(report, results_kept, carried_out_, restored_, options_);
}

}  // namespace

int PlayWorkload(const LoadedWorkload& workload, const RunOptions& options,
                 const RunHost& host, FunctionLocks& locks, RunReport& report,
                 const RunFollowers& followers) {
  Run run(workload, options, host, locks, followers);
  std::optional<Refusal> refusal = run.Check();
  if (!refusal) refusal = run.Open();
  if (!refusal) refusal = run.Play(report);
  if (!refusal) return run.Close(report);
  PrintError(refusal->status);
  if (followers.live != nullptr) {
    followers.live->Refuse(refusal->status.message());
  }
  return refusal->code;
}

}  // namespace invocator
