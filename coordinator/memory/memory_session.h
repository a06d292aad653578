// Sets the memory sizes of one run before it and restores them after it, with
// this process's credentials and clocks. The first interrupt ends the setting,
// the second one the restoring. After interrupts during the run itself, it
// takes two more to end the restoring, since people press Ctrl-C twice to end a
// run.
//
// Used by one thread.
#ifndef INVOCATOR_COORDINATOR_MEMORY_MEMORY_SESSION_H_
#define INVOCATOR_COORDINATOR_MEMORY_MEMORY_SESSION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/credentials/credentials_chain.h"
#include "common/http/target_options.h"
#include "common/plan/plan.h"
#include "coordinator/memory/function_locks.h"
#include "coordinator/memory/lambda_client.h"
#include "coordinator/memory/memory_journal.h"
#include "coordinator/memory/memory_report.h"
#include "coordinator/memory/memory_restore.h"
#include "coordinator/memory/memory_size.h"
#include "coordinator/memory/memory_tuner.h"

namespace invocator {

// A run's options that concern memory.
struct MemoryOptions {
  MemorySizeOption size;
  bool restore = true;
  bool yes = false;                  // change memory sizes without asking
  std::string endpoint_url;          // of calls; empty: their own
  std::string control_endpoint_url;  // empty: from FindControlEndpoint
  TargetOptions target;
  std::string profile;  // of AWS's shared files; empty: their default
};

// The memory sizes to set; without targets, none.
struct MemoryPlan {
  std::vector<MemoryTarget> targets;
  std::optional<ChosenCredentials> credentials;  // if there are targets
  std::string endpoint_url;                      // as in ControlEndpoint
  // Targets that need a confirmation at a terminal.
  std::vector<MemoryTarget> unasked;
  RestoreOptions undo;  // with the run's options; its folder is set later
  bool restore = true;
};

// Plans a run's sizes from workload, options and environment. `credentials`: if
// already found; otherwise looks for them if there are targets.
// INVALID_ARGUMENT as for MemoryTargets and FindControlEndpoint; the
// credentials' error; CANCELLED once `give_up` returns true.
absl::StatusOr<MemoryPlan> PlanMemory(
    const Plan& plan, const MemoryOptions& options,
    const std::optional<ChosenCredentials>& credentials, const GiveUp& give_up);

class MemorySession {
 public:
  // `interrupts`: requests to stop so far.
  MemorySession(MemoryPlan plan, std::function<int()> interrupts);
  // Restores sizes that are not restored yet, however the run ended.
  ~MemorySession();
  MemorySession(const MemorySession&) = delete;
  MemorySession& operator=(const MemorySession&) = delete;

  // Read, Claim, Question and Set are called before a run in this order.
  // Without targets they do nothing. Read reads all functions and names those
  // that are failed or inactive. Errors as for MemoryTuner::Read, with advice.
  absl::Status Read();
  // Takes the functions' locks. FAILED_PRECONDITION, naming the process, if
  // another one holds one of them.
  absl::Status Claim(FunctionLocks& locks) const;
  // The question to ask at a terminal before functions without a given size are
  // changed; empty: do not ask.
  std::string Question() const;

  // Sets the targets' sizes; `folder`: the run's. After an error the changes
  // are already undone; the message says what to do.
  absl::Status Set(const std::string& folder);

  // Checks that the functions are as Set left them, and restores them. Only the
  // first call has an effect. Errors as for MemoryTuner::End.
  absl::Status Restore();

  // In the order of the targets, as far as they were set.
  std::vector<MemoryReport> Report() const;
  // Whether a function's size is still to be restored: the journal is needed.
  bool is_pending() const { return journal_.is_pending(); }

 private:
  LambdaClient MakeClient();

  MemoryPlan plan_;  // its credentials are renewed
  MemoryJournal journal_;
  const std::function<int()> interrupts_;
  std::vector<FunctionConfiguration> read_;  // by target
  std::vector<HeldMemory> held_;
  std::vector<MemoryOverlap> overlaps_;
  bool set_ = false;
  bool restored_ = false;       // or it was tried
  absl::Status restore_error_;  // of a try not yet reported
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_MEMORY_SESSION_H_
