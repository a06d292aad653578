#include "coordinator/memory/memory_session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/aws/aws_settings.h"
#include "common/aws/aws_target.h"
#include "common/process/say.h"
#include "coordinator/memory/lambda_client.h"
#include "coordinator/memory/lambda_endpoint.h"
#include "coordinator/memory/real_lambda.h"

namespace invocator {
namespace {

constexpr absl::string_view kKeepAdvice =
    "; --memory-size keep leaves all functions as they are";

// With what to do about it.
absl::Status Advise(const absl::Status& status, absl::string_view advice) {
  return absl::Status(status.code(), absl::StrCat(status.message(), advice));
}

// Targets without a given size, except those on this machine, which can only be
// a stand-in's.
std::vector<MemoryTarget> Unasked(const Plan& plan,
                                  const MemoryOptions& options,
                                  const MemoryPlan& memory) {
  if (options.yes || options.size.is_given) return {};
  std::vector<MemoryTarget> unasked;
  for (MemoryTarget& target : DefaultSized(plan, memory.targets)) {
    const std::string& own = target.function.endpoint_url;
    if (IsLoopbackEndpoint(own.empty() ? memory.endpoint_url : own)) continue;
    unasked.push_back(std::move(target));
  }
  return unasked;
}

}  // namespace

absl::StatusOr<MemoryPlan> PlanMemory(
    const Plan& plan, const MemoryOptions& options,
    const std::optional<ChosenCredentials>& credentials,
    const GiveUp& give_up) {
  MemoryPlan memory;
  memory.undo = {"", options.endpoint_url, options.target, options.profile,
                 options.control_endpoint_url};
  memory.restore = options.restore;
  std::optional<uint32_t> size;
  if (!options.size.sizes_mb.empty()) size = options.size.sizes_mb.front();
  // Settings that the run does not need may be wrong.
  auto any = MemoryTargets(plan, size, {"", /*is_option=*/true});
  if (!any.ok()) return any.status();
  if (any->empty()) return memory;
  const absl::StatusOr<ControlEndpoint> control =
      FindControlEndpoint(options.control_endpoint_url, options.endpoint_url,
                          LoadAwsSettings(options.profile));
  if (!control.ok()) return control.status();
  auto targets = MemoryTargets(plan, size, *control);
  if (!targets.ok()) return targets.status();
  memory.targets = *std::move(targets);
  memory.endpoint_url = control->url;
  memory.unasked = Unasked(plan, options, memory);
  memory.credentials = credentials;
  if (memory.credentials) return memory;
  absl::StatusOr<ChosenCredentials> found =
      FindCredentials(options.profile, give_up);
  if (absl::IsCancelled(found.status())) return found.status();
  if (!found.ok()) {
    return Advise(
        found.status(),
        absl::StrCat("; they are needed to set the memory of ",
                     memory.targets.front().function.ToString(), kKeepAdvice));
  }
  memory.credentials = *std::move(found);
  return memory;
}

MemorySession::MemorySession(MemoryPlan plan, std::function<int()> interrupts)
    : plan_(std::move(plan)),
      journal_("", plan_.endpoint_url),
      interrupts_(std::move(interrupts)) {}

MemorySession::~MemorySession() {
  const absl::Status status = Restore();
  if (!status.ok()) Say(absl::StrCat("invocator: ", status.message()));
}

LambdaClient MemorySession::MakeClient() {
  return LambdaClient(
      RealLambda(
          *plan_.credentials,
          AwsTarget(plan_.undo.target, LoadAwsSettings(plan_.undo.profile)),
          [this] { return interrupts_() > 0; },
          GiveUpAt(2, interrupts_,
                   "waiting for a memory change to finish; interrupt again to "
                   "abandon it")),
      plan_.endpoint_url);
}

absl::Status MemorySession::Read() {
  if (plan_.targets.empty()) return absl::OkStatus();
  LambdaClient client = MakeClient();
  auto read = MemoryTuner(client, journal_, Say).Read(plan_.targets);
  if (!read.ok()) {
    return absl::IsCancelled(read.status())
               ? read.status()
               : Advise(read.status(), kKeepAdvice);
  }
  read_ = *std::move(read);
  for (size_t i = 0; i < read_.size(); ++i) {
    if (read_[i].is_active() || read_[i].state == "Pending") continue;
    Say(absl::StrCat("invocator: ", plan_.targets[i].function.ToString(),
                     " is ", read_[i].state, ": ", read_[i].state_reason));
  }
  return absl::OkStatus();
}

absl::Status MemorySession::Claim(FunctionLocks& locks) const {
  for (size_t i = 0; i < read_.size(); ++i) {
    const absl::Status status = ClaimFunction(
        locks, plan_.targets[i].function, read_[i].arn, plan_.endpoint_url,
        plan_.credentials->found.credentials.access_key_id);
    if (!status.ok()) return Advise(status, kKeepAdvice);
  }
  return absl::OkStatus();
}

std::string MemorySession::Question() const {
  std::vector<std::string> changes;
  for (size_t i = 0; i < read_.size(); ++i) {
    const MemoryTarget& target = plan_.targets[i];
    if (read_[i].memory_mb == target.memory_mb ||
        std::find(plan_.unasked.begin(), plan_.unasked.end(), target) ==
            plan_.unasked.end()) {
      continue;
    }
    changes.push_back(absl::StrCat(
        "  ", read_[i].arn.empty() ? target.function.ToString() : read_[i].arn,
        ": ", read_[i].memory_mb, " MB -> ", target.memory_mb, " MB\n"));
  }
  if (changes.empty()) return "";
  return absl::StrCat(
      "No memory size is given (--memory-size): the run sets the default",
      plan_.restore ? " until it ends:\n" : ":\n", absl::StrJoin(changes, ""),
      "Go on? [y/N] ");
}

absl::Status MemorySession::Set(const std::string& folder) {
  if (plan_.targets.empty()) return absl::OkStatus();
  journal_ = MemoryJournal(folder, plan_.endpoint_url);
  plan_.undo.folder = folder;
  LambdaClient client = MakeClient();
  auto held = MemoryTuner(client, journal_, Say).Set(plan_.targets);
  set_ = held.ok();
  if (held.ok()) {
    held_ = *std::move(held);
    return absl::OkStatus();
  }
  // A run that did not start leaves nothing behind.
  const absl::Status restored =
      RestoreFrom(journal_, *plan_.credentials, plan_.undo,
                  GiveUpRestoring(interrupts_, /*so_far=*/0));
  restored_ = true;
  if (absl::IsCancelled(held.status())) {
    restore_error_ = restored;  // which the run ends with
    return held.status();
  }
  if (!restored.ok()) Say(absl::StrCat("invocator: ", restored.message()));
  return Advise(held.status(), kKeepAdvice);
}

absl::Status MemorySession::Restore() {
  if (std::exchange(restored_, true)) {
    return std::exchange(restore_error_, absl::OkStatus());
  }
  if (!set_) return absl::OkStatus();
  absl::Status status = RestoreWith(
      journal_, *plan_.credentials, plan_.undo,
      GiveUpRestoring(interrupts_, interrupts_()), [this](MemoryTuner& tuner) {
        return tuner.End(held_, plan_.restore, overlaps_);
      });
  for (const MemoryChange& change : journal_.changes()) {
    const bool is_overlap =
        std::any_of(overlaps_.begin(), overlaps_.end(),
                    [&change](const MemoryOverlap& overlap) {
                      return overlap.function == change.function;
                    });
    if (plan_.restore || !change.IsPending() || is_overlap) continue;
    Say(absl::StrCat("memory of ", change.function.ToString(), " stays at ",
                     change.set_mb, " MB (--no-restore-memory)"));
  }
  return status;
}

std::vector<MemoryReport> MemorySession::Report() const {
  std::vector<MemoryReport> reports;
  for (const MemoryTarget& target : plan_.targets) {
    const MemoryChange* change = journal_.Find(target.function);
    if (change == nullptr && !set_) continue;
    MemoryReport report{target.function.name, target.function.region,
                        target.memory_mb,     target.memory_mb,
                        "unchanged",          std::nullopt};
    if (change != nullptr) {
      report.before_mb = change->before_mb;
      report.state = std::string(MemoryStateName(change->state));
      if (change->IsPending()) {
        report.restore_command = RestoreCommandLine(plan_.undo);
      }
    }
    for (const MemoryOverlap& overlap : overlaps_) {
      if (overlap.function == target.function) {
        report.overlap_found_mb = overlap.found_mb;
      }
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace invocator
