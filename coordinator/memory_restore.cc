#include "coordinator/memory_restore.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/aws_settings.h"
#include "common/aws_target.h"
#include "common/say.h"
#include "coordinator/function_locks.h"
#include "coordinator/lambda_client.h"
#include "coordinator/real_lambda.h"

namespace invocator {
namespace {

// Restoring is given up after so many further interrupts.
constexpr int kInterruptsToGiveUp = 2;

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
  add("--control-endpoint-url", options.control_endpoint_url);
  add("--ca-file", options.target.ca_file);
  add("--client-cert", options.target.client_cert);
  add("--client-key", options.target.client_key);
  add("--unix-socket", options.target.unix_socket);
  return line;
}

absl::Status RestoreWith(
    MemoryJournal& journal, ChosenCredentials& credentials,
    const RestoreOptions& options, const std::function<int()>& interrupts,
    const std::function<absl::Status(MemoryTuner&)>& restore) {
  const int limit = interrupts() + kInterruptsToGiveUp;
  const auto told = std::make_shared<bool>(false);
  const GiveUp give_up = [interrupts, limit, told] {
    if (interrupts() == limit - 1 && !std::exchange(*told, true)) {
      Say("restoring memory sizes; interrupt again to leave them");
    }
    return interrupts() >= limit;
  };
  AskAnew(credentials, give_up);
  LambdaClient client(
      RealLambda(credentials,
                 AwsTarget(options.target, LoadAwsSettings(options.profile)),
                 give_up, give_up),
      journal.endpoint_url());
  MemoryTuner tuner(client, journal, Say);
  absl::Status status = restore(tuner);
  if (status.ok() || !journal.is_pending()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(),
                   "; a memory size is not restored: try again with ",
                   RestoreCommandLine(options)));
}

absl::Status RestoreFrom(MemoryJournal& journal, ChosenCredentials& credentials,
                         const RestoreOptions& options,
                         const std::function<int()>& interrupts) {
  return RestoreWith(journal, credentials, options, interrupts,
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
      RestoreFrom(*journal, *credentials, options, host.interrupts);
  if (status.ok()) return kExitOk;
  return fail(absl::IsCancelled(status) ? kExitInterrupted : kExitNotCarriedOut,
              status.message());
}

}  // namespace invocator
