#include "coordinator/memory_session.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/clock.h"
#include "common/credentials_chain.h"
#include "common/http_fetch.h"
#include "coordinator/interrupt.h"
#include "coordinator/memory_tuner.h"
#include "coordinator/run.h"

namespace invocator {
namespace {

constexpr absl::Duration kSleepSlice = absl::Milliseconds(20);
// Restoring is given up after so many further interrupts.
constexpr int kInterruptsToGiveUp = 2;
constexpr absl::string_view kKeepAdvice =
    "; --memory-size keep leaves all functions as they are";

// A source is asked again so long before its credentials expire.
constexpr absl::Duration kFreshFor = absl::Minutes(1);

// Those of this process, since those of workers are their own; looked for when
// first asked for.
ControlCredentials FindWhenAsked(const std::string& profile) {
  const auto kept = std::make_shared<std::optional<FoundCredentials>>();
  return [profile, kept]() -> absl::StatusOr<Credentials> {
    if (!*kept || (*kept)->expires_at < absl::Now() + kFreshFor) {
      absl::StatusOr<ChosenCredentials> chosen = FindCredentials(profile);
      if (!chosen.ok()) return chosen.status();
      *kept = std::move(chosen->found);
    }
    return (*kept)->credentials;
  };
}

void Say(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
}

// The outside world, until `give_up`.
LambdaSystem RealSystem(const std::string& ca_file,
                        const ControlCredentials& credentials,
                        std::function<bool()> give_up) {
  LambdaSystem system;
  system.fetch = [ca_file, give_up](const HttpRequest& request) {
    HttpRequest asked = request;
    asked.ca_file = ca_file;
    asked.give_up = give_up;
    return HttpFetch(asked);
  };
  system.credentials = credentials;
  system.unix_s = [] { return SystemWallClock().NowUnixS(); };
  system.steady_ns = [] { return SystemSteadyClock().NowNs(); };
  system.sleep = [give_up](absl::Duration duration) {
    const int64_t until_ns =
        SystemSteadyClock().NowNs() + absl::ToInt64Nanoseconds(duration);
    while (!give_up()) {
      const absl::Duration left =
          absl::Nanoseconds(until_ns - SystemSteadyClock().NowNs());
      if (left <= absl::ZeroDuration()) return true;
      absl::SleepFor(std::min(left, kSleepSlice));
    }
    return false;
  };
  system.jitter = [generator =
                       std::mt19937_64(std::random_device()())]() mutable {
    return std::generate_canonical<double, 53>(generator);
  };
  return system;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

// With what to do about it.
absl::Status Advise(const absl::Status& status, absl::string_view advice) {
  return absl::Status(status.code(), absl::StrCat(status.message(), advice));
}

// Undoes what a journal says; Ctrl-C is heeded at the second time.
absl::Status RestoreFrom(MemoryJournal& journal,
                         const std::string& endpoint_url,
                         const std::string& ca_file,
                         const ControlCredentials& credentials,
                         const std::string& folder) {
  const int limit = Interrupts() + kInterruptsToGiveUp;
  const auto told = std::make_shared<bool>(false);
  const auto give_up = [limit, told] {
    if (Interrupts() == limit - 1 && !std::exchange(*told, true)) {
      Say("restoring memory sizes; interrupt again to leave them");
    }
    return Interrupts() >= limit;
  };
  LambdaClient client(RealSystem(ca_file, credentials, give_up), endpoint_url);
  const absl::Status status = MemoryTuner(client, journal, Say).Restore();
  if (status.ok()) return status;
  return Advise(status,
                absl::StrCat("; a memory size is not restored: try again with "
                             "invocator restore-memory ",
                             folder));
}

}  // namespace

absl::StatusOr<MemoryPlan> PlanMemory(const Plan& plan,
                                      const RunOptions& options) {
  MemoryPlan memory;
  memory.ca_file = options.ca_file;
  memory.restore = options.restore_memory;
  std::optional<uint32_t> size;
  if (!options.memory.sizes_mb.empty()) size = options.memory.sizes_mb.front();
  absl::StatusOr<std::vector<MemoryTarget>> targets = MemoryTargets(plan, size);
  if (!targets.ok()) return targets.status();
  memory.targets = *std::move(targets);
  if (memory.targets.empty()) return memory;
  absl::StatusOr<std::string> url =
      LambdaEndpointUrl(options.endpoint_url, Variable);
  if (!url.ok()) return url.status();
  memory.endpoint_url = *std::move(url);
  memory.credentials = FindWhenAsked(options.profile);
  const absl::Status credentials = memory.credentials().status();
  if (credentials.ok()) return memory;
  return Advise(
      credentials,
      absl::StrCat("; they are needed to set the memory of ",
                   memory.targets.front().function.ToString(), kKeepAdvice));
}

MemorySession::MemorySession(const std::string& folder, MemoryPlan plan)
    : folder_(folder),
      plan_(std::move(plan)),
      journal_(folder_, plan_.endpoint_url) {}

MemorySession::~MemorySession() {
  const absl::Status status = Restore();
  if (!status.ok()) Say(absl::StrCat("invocator: ", status.message()));
}

absl::Status MemorySession::Set() {
  if (plan_.targets.empty()) return absl::OkStatus();
  LambdaClient client(RealSystem(plan_.ca_file, plan_.credentials,
                                 [] { return Interrupts() > 0; }),
                      plan_.endpoint_url);
  const absl::Status status =
      MemoryTuner(client, journal_, Say).Set(plan_.targets);
  set_ = status.ok();
  if (status.ok()) return status;
  // A run that did not start leaves nothing behind.
  const absl::Status restored = RestoreFrom(
      journal_, plan_.endpoint_url, plan_.ca_file, plan_.credentials, folder_);
  restored_ = true;
  if (!restored.ok()) Say(absl::StrCat("invocator: ", restored.message()));
  if (absl::IsCancelled(status)) return status;
  return Advise(status, kKeepAdvice);
}

absl::Status MemorySession::Restore() {
  if (std::exchange(restored_, true) || !journal_.is_pending()) {
    return absl::OkStatus();
  }
  if (!plan_.restore) {
    for (const MemoryChange& change : journal_.changes()) {
      Say(absl::StrCat("memory of ", change.function.ToString(), " stays at ",
                       change.set_mb, " MB (--no-restore-memory)"));
    }
    return absl::OkStatus();
  }
  return RestoreFrom(journal_, plan_.endpoint_url, plan_.ca_file,
                     plan_.credentials, folder_);
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

int RestoreMemory(const RestoreOptions& options) {
  const auto fail = [](ExitCode code, absl::string_view message) {
    Say(absl::StrCat("invocator: ", message));
    return code;
  };
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
  CountInterrupts();
  const absl::Status status = RestoreFrom(
      *journal,
      options.endpoint_url.empty() ? journal->endpoint_url()
                                   : options.endpoint_url,
      options.ca_file, FindWhenAsked(options.profile), options.folder);
  if (status.ok()) return kExitOk;
  return fail(absl::IsCancelled(status) ? kExitInterrupted : kExitNotCarriedOut,
              status.message());
}

}  // namespace invocator
