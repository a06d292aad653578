// Restores memory sizes from a run's journal: at the run's end, or later with
// `invocator restore-memory`.
#ifndef INVOCATOR_COORDINATOR_MEMORY_MEMORY_RESTORE_H_
#define INVOCATOR_COORDINATOR_MEMORY_MEMORY_RESTORE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/credentials/credentials_chain.h"
#include "common/credentials/source_io.h"
#include "common/process/run_host.h"
#include "coordinator/memory/memory_journal.h"
#include "coordinator/memory/memory_tuner.h"
#include "coordinator/memory/restore_command.h"

namespace invocator {

// Gives up at the given interrupt, counted from 1. At the one before, prints
// `words` once, a warning about the work that the next one leaves undone.
GiveUp GiveUpAt(int interrupt, std::function<int()> interrupts,
                std::string words);
// Gives up restoring at the second interrupt after the first `so_far`.
GiveUp GiveUpRestoring(std::function<int()> interrupts, int so_far);

// Runs `restore` with a tuner of the journal's functions. An error names the
// command for another try, if that may help.
absl::Status RestoreWith(
    MemoryJournal& journal, ChosenCredentials& credentials,
    const RestoreOptions& options, const GiveUp& give_up,
    const std::function<absl::Status(MemoryTuner&)>& restore);

// Undoes the changes in the journal.
absl::Status RestoreFrom(MemoryJournal& journal, ChosenCredentials& credentials,
                         const RestoreOptions& options, const GiveUp& give_up);

// `invocator restore-memory`: returns the process's exit code.
int RestoreMemory(const RestoreOptions& options, const RunHost& host);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_MEMORY_RESTORE_H_
