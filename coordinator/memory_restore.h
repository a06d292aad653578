// Restores memory sizes from a run's journal: at the run's end, or later with
// `invocator restore-memory`.
#ifndef INVOCATOR_COORDINATOR_MEMORY_RESTORE_H_
#define INVOCATOR_COORDINATOR_MEMORY_RESTORE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/credentials_chain.h"
#include "common/source_io.h"
#include "common/target_options.h"
#include "coordinator/memory_journal.h"
#include "coordinator/memory_tuner.h"
#include "coordinator/run.h"

namespace invocator {

struct RestoreOptions {
  std::string folder;
  std::string endpoint_url;  // empty: the one the run used
  TargetOptions target;
  std::string profile;  // of AWS's shared files; empty: their default
  std::string control_endpoint_url = {};  // takes precedence over it
};

// The command that restores with these options, for people to paste.
std::string RestoreCommandLine(const RestoreOptions& options);

// Runs `restore` with a tuner of the journal's functions. The second interrupt
// ends it. An error names the command to run if a size is still pending.
absl::Status RestoreWith(
    MemoryJournal& journal, ChosenCredentials& credentials,
    const RestoreOptions& options, const std::function<int()>& interrupts,
    const std::function<absl::Status(MemoryTuner&)>& restore);

// Undoes the changes in the journal.
absl::Status RestoreFrom(MemoryJournal& journal, ChosenCredentials& credentials,
                         const RestoreOptions& options,
                         const std::function<int()>& interrupts);

// `invocator restore-memory`: returns the process's exit code.
int RestoreMemory(const RestoreOptions& options, const RunHost& host);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_RESTORE_H_
