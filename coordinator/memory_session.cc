#include "coordinator/memory_session.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/aws_settings.h"
#include "common/clock.h"
#include "common/credentials_chain.h"
#include "common/http_fetch.h"
#include "common/say.h"
#include "common/source_io.h"
#include "coordinator/lambda_endpoint.h"
#include "coordinator/memory_tuner.h"
#include "coordinator/run.h"

namespace invocator {
namespace {

constexpr absl::Duration kRenewBefore = absl::Minutes(5);
// Restoring is given up after so many further interrupts.
constexpr int kInterruptsToGiveUp = 2;

constexpr absl::string_view kKeepAdvice =
    "; --memory-size keep leaves all functions as they are";

// Those of this process, as they are now: asked for anew when they are about to
// expire, as they may be at the end of a long run. The old ones are used while
// there are no others.
absl::StatusOr<Credentials> Renewed(ChosenCredentials& chosen,
                                    const GiveUp& give_up) {
  if (absl::Now() + kRenewBefore >= chosen.found.expires_at) {
    absl::StatusOr<FoundCredentials> found = chosen.source.fetch(give_up);
    if (found.ok()) {
      chosen.found = *std::move(found);
    } else if (absl::Now() >= chosen.found.expires_at) {
      return found.status();
    }
  }
  return chosen.found.credentials;
}

// After a run, files may hold other credentials than before it.
void AskAnew(ChosenCredentials& chosen, const GiveUp& give_up) {
  if (chosen.found.ask_again_after == absl::InfiniteDuration()) return;
  absl::StatusOr<FoundCredentials> found = chosen.source.fetch(give_up);
  if (found.ok()) chosen.found = *std::move(found);
}

// The outside world, until `give_up`; a change under way is waited for until
// `give_up_change`: cut off, it might take effect after it was undone. Borrows
// the credentials.
LambdaSystem RealSystem(ChosenCredentials& chosen, const TargetOptions& target,
                        const GiveUp& give_up, const GiveUp& give_up_change) {
  LambdaSystem system;
  system.give_up = give_up;
  system.fetch = [=](const HttpRequest& request) {
    HttpRequest asked = request;
    asked.target = target;
    asked.give_up = request.method == "PUT" ? give_up_change : give_up;
    return HttpFetch(asked);
  };
  system.credentials = [&chosen, give_up] { return Renewed(chosen, give_up); };
  system.say = [](const std::string& words) {
    Say(absl::StrCat("invocator: ", words));
  };
  system.unix_s = [] { return SystemWallClock().NowUnixS(); };
  system.steady_ns = [] { return SystemSteadyClock().NowNs(); };
  system.sleep = [give_up](absl::Duration duration) {
    return Pause(duration, give_up);
  };
  system.jitter = [generator =
                       std::mt19937_64(std::random_device()())]() mutable {
    return std::generate_canonical<double, 53>(generator);
  };
  return system;
}

// With what to do about it.
absl::Status Advise(const absl::Status& status, absl::string_view advice) {
  return absl::Status(status.code(), absl::StrCat(status.message(), advice));
}

// Undoes what a journal says; Ctrl-C is heeded at the second time.
absl::Status RestoreFrom(MemoryJournal& journal, ChosenCredentials& credentials,
                         const RestoreOptions& options,
                         const std::function<int()>& interrupts) {
  const int limit = interrupts() + kInterruptsToGiveUp;
  const auto told = std::make_shared<bool>(false);
  const GiveUp give_up = [interrupts, limit, told] {
    if (interrupts() == limit - 1 && !std::exchange(*told, true)) {
      Say("restoring memory sizes; interrupt again to leave them");
    }
    return interrupts() >= limit;
  };
  AskAnew(credentials, give_up);
  LambdaClient client(RealSystem(credentials, options.target, give_up, give_up),
                      options.endpoint_url.empty() ? journal.endpoint_url()
                                                   : options.endpoint_url);
  absl::Status status = MemoryTuner(client, journal, Say).Restore();
  if (status.ok()) return status;
  return Advise(status,
                absl::StrCat("; a memory size is not restored: try again with ",
                             RestoreCommandLine(options)));
}

// As one word of a shell.
std::string Quoted(const std::string& word) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"
      ":@%+=,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

}  // namespace

std::string RestoreCommandLine(const RestoreOptions& options) {
  std::string line =
      absl::StrCat("invocator restore-memory ", Quoted(options.folder));
  const auto add = [&line](absl::string_view option, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&line, " ", option, " ", Quoted(value));
  };
  add("--profile", options.profile);
  add("--endpoint-url", options.endpoint_url);
  add("--ca-file", options.target.ca_file);
  add("--client-cert", options.target.client_cert);
  add("--client-key", options.target.client_key);
  add("--unix-socket", options.target.unix_socket);
  return line;
}

absl::StatusOr<MemoryPlan> PlanMemory(
    const Plan& plan, const RunOptions& options,
    const std::optional<ChosenCredentials>& credentials) {
  MemoryPlan memory;
  memory.undo = {"", options.endpoint_url, options.target, options.profile};
  memory.restore = options.restore_memory;
  std::optional<uint32_t> size;
  if (!options.memory.sizes_mb.empty()) size = options.memory.sizes_mb.front();
  absl::StatusOr<std::vector<MemoryTarget>> targets = MemoryTargets(plan, size);
  if (!targets.ok()) return targets.status();
  memory.targets = *std::move(targets);
  if (memory.targets.empty()) return memory;
  absl::StatusOr<ControlEndpoint> control = FindControlEndpoint(
      "", options.endpoint_url, LoadAwsSettings(options.profile));
  if (!control.ok()) return control.status();
  memory.endpoint_url = std::move(control->url);
  memory.credentials = credentials;
  if (memory.credentials) return memory;
  absl::StatusOr<ChosenCredentials> found = FindCredentials(options.profile);
  if (!found.ok()) {
    return Advise(
        found.status(),
        absl::StrCat("; they are needed to set the memory of ",
                     memory.targets.front().function.ToString(), kKeepAdvice));
  }
  memory.credentials = *std::move(found);
  return memory;
}

MemorySession::MemorySession(const std::string& folder, MemoryPlan plan,
                             std::function<int()> interrupts)
    : plan_(std::move(plan)),
      journal_(folder, plan_.endpoint_url),
      interrupts_(std::move(interrupts)) {
  plan_.undo.folder = folder;
}

MemorySession::~MemorySession() {
  const absl::Status status = Restore();
  if (!status.ok()) Say(absl::StrCat("invocator: ", status.message()));
}

absl::Status MemorySession::Set() {
  if (plan_.targets.empty()) return absl::OkStatus();
  const auto interrupted_beyond = [this](int count) {
    return [this, count] { return interrupts_() > count; };
  };
  LambdaClient client(
      RealSystem(*plan_.credentials, plan_.undo.target, interrupted_beyond(0),
                 interrupted_beyond(kInterruptsToGiveUp)),
      plan_.endpoint_url);
  absl::Status status = MemoryTuner(client, journal_, Say).Set(plan_.targets);
  set_ = status.ok();
  if (status.ok()) return status;
  // A run that did not start leaves nothing behind.
  const absl::Status restored =
      RestoreFrom(journal_, *plan_.credentials, plan_.undo, interrupts_);
  restored_ = true;
  if (absl::IsCancelled(status)) {
    restore_error_ = restored;  // which the run ends with
    return status;
  }
  if (!restored.ok()) Say(absl::StrCat("invocator: ", restored.message()));
  return Advise(status, kKeepAdvice);
}

absl::Status MemorySession::Restore() {
  if (std::exchange(restored_, true)) {
    return std::exchange(restore_error_, absl::OkStatus());
  }
  if (!journal_.is_pending()) return absl::OkStatus();
  if (!plan_.restore) {
    for (const MemoryChange& change : journal_.changes()) {
      Say(absl::StrCat("memory of ", change.function.ToString(), " stays at ",
                       change.set_mb, " MB (--no-restore-memory)"));
    }
    return absl::OkStatus();
  }
  return RestoreFrom(journal_, *plan_.credentials, plan_.undo, interrupts_);
}

std::vector<MemoryReport> MemorySession::Report() const {
  std::vector<MemoryReport> reports;
  for (const MemoryTarget& target : plan_.targets) {
    const auto& changes = journal_.changes();
    const auto change = std::find_if(changes.begin(), changes.end(),
                                     [&target](const MemoryChange& c) {
                                       return c.function == target.function;
                                     });
    if (change == changes.end() && !set_) continue;
    MemoryReport report{target.function.name, target.function.region,
                        target.memory_mb, target.memory_mb, "unchanged"};
    if (change != changes.end()) {
      report.before_mb = change->before_mb;
      report.state = std::string(MemoryStateName(change->state));
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

int RestoreMemory(const RestoreOptions& options, const RunHost& host) {
  const auto fail = [](ExitCode code, absl::string_view message) {
    Say(absl::StrCat("invocator: ", message));
    return code;
  };
  const absl::Status usable = CheckTargetOptions(options.target);
  if (!usable.ok()) return fail(kExitBadUsage, usable.message());
  std::error_code ignored;
  if (!std::filesystem::is_directory(options.folder, ignored)) {
    return fail(kExitBadUsage,
                absl::StrCat(options.folder, ": is no folder of a run"));
  }
  absl::StatusOr<MemoryJournal> journal = MemoryJournal::Read(options.folder);
  if (absl::IsNotFound(journal.status())) {
    Say(absl::StrCat(options.folder,
                     ": nothing to restore, the run changed no memory size"));
    return kExitOk;
  }
  if (!journal.ok()) return fail(kExitBadUsage, journal.status().message());
  if (!journal->is_pending()) {
    Say(absl::StrCat(options.folder, ": all memory sizes are restored"));
    return kExitOk;
  }
  host.count_interrupts();
  absl::StatusOr<ChosenCredentials> credentials = FindCredentials(
      options.profile, [&host] { return host.interrupts() > 0; });
  if (!credentials.ok()) {
    return fail(kExitNotCarriedOut, credentials.status().message());
  }
  const absl::Status status =
      RestoreFrom(*journal, *credentials, options, host.interrupts);
  if (status.ok()) return kExitOk;
  return fail(absl::IsCancelled(status) ? kExitInterrupted : kExitNotCarriedOut,
              status.message());
}

}  // namespace invocator
