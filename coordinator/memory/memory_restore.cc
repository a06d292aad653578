#include "coordinator/memory/memory_restore.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/aws/aws_settings.h"
#include "common/aws/aws_target.h"
#include "common/base/exit_code.h"
#include "common/process/say.h"
#include "coordinator/memory/function_locks.h"
#include "coordinator/memory/lambda_client.h"
#include "coordinator/memory/real_lambda.h"

namespace invocator {
GiveUp GiveUpAt(int interrupt, std::function<int()> interrupts,
                std::string words) {
  return [interrupt, interrupts = std::move(interrupts),
          words = std::move(words), said = std::make_shared<bool>(false)] {
    if (interrupts() == interrupt - 1 && !std::exchange(*said, true)) {
      Say(words);
    }
    return interrupts() >= interrupt;
  };
}

GiveUp GiveUpRestoring(std::function<int()> interrupts, int so_far) {
  return GiveUpAt(so_far + 2, std::move(interrupts),
                  "restoring memory sizes; interrupt again to leave them");
}

absl::Status RestoreWith(
    MemoryJournal& journal, ChosenCredentials& credentials,
    const RestoreOptions& options, const GiveUp& give_up,
    const std::function<absl::Status(MemoryTuner&)>& restore) {
  AskAnew(credentials, give_up);
  LambdaClient client(
      RealLambda(credentials,
                 AwsTarget(options.target, LoadAwsSettings(options.profile)),
                 give_up, give_up),
      journal.endpoint_url());
  MemoryTuner tuner(client, journal, Say, options);
  absl::Status status = restore(tuner);
  if (status.ok() || !tuner.CanTryAgain()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(),
                   "; a memory size is not restored: try again with ",
                   RestoreCommandLine(options)));
}

absl::Status RestoreFrom(MemoryJournal& journal, ChosenCredentials& credentials,
                         const RestoreOptions& options, const GiveUp& give_up) {
  return RestoreWith(journal, credentials, options, give_up,
                     [](MemoryTuner& tuner) { return tuner.Restore(); });
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
                absl::StrCat(options.folder, ": is not the folder of a run"));
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
  const std::string& url = options.control_endpoint_url.empty()
                               ? options.endpoint_url
                               : options.control_endpoint_url;
  if (!url.empty()) journal->MoveTo(url);
  FunctionLocks locks;
  for (const MemoryChange& change : journal->changes()) {
    if (!change.IsPending()) continue;
    const absl::Status claimed = ClaimFunction(
        locks, change.function, change.arn, journal->endpoint_url(),
        credentials->found.credentials.access_key_id);
    if (!claimed.ok()) return fail(kExitNotCarriedOut, claimed.message());
  }
  const absl::Status status =
      RestoreFrom(*journal, *credentials, options,
                  GiveUpRestoring(host.interrupts, host.interrupts()));
  if (status.ok()) return kExitOk;
  return fail(absl::IsCancelled(status) ? kExitInterrupted : kExitNotCarriedOut,
              status.message());
}

}  // namespace invocator
