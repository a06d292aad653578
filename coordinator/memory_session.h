// The memory sizes of one run: set before it, put back after it, with this
// process's credentials and clocks. Ctrl-C is heeded: once while sizes are set,
// then it takes two more to leave functions as they are.
//
// Used by one thread.
#ifndef INVOCATOR_COORDINATOR_MEMORY_SESSION_H_
#define INVOCATOR_COORDINATOR_MEMORY_SESSION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/credentials_chain.h"
#include "common/plan.h"
#include "common/target_options.h"
#include "coordinator/memory_journal.h"
#include "coordinator/memory_size.h"
#include "coordinator/run.h"
#include "coordinator/run_report.h"

namespace invocator {

struct RestoreOptions {
  std::string folder;
  std::string endpoint_url;  // empty: where the run sent its calls
  TargetOptions target;
  std::string profile;  // of AWS's shared files; empty: as they say
};

// The command that restores with these options, for people to paste.
std::string RestoreCommandLine(const RestoreOptions& options);

// What is to be set, and how; empty targets: nothing.
struct MemoryPlan {
  std::vector<MemoryTarget> targets;
  std::optional<ChosenCredentials> credentials;  // if there are targets
  std::string endpoint_url;                      // as of ControlEndpoint
  RestoreOptions undo;  // as the run was told, its folder still empty
  bool restore = true;
};

// As workload, options and environment say. `credentials`: those that were
// found already; else they are looked for, if there are targets.
// INVALID_ARGUMENT as of MemoryTargets and FindControlEndpoint; the
// credentials' error.
absl::StatusOr<MemoryPlan> PlanMemory(
    const Plan& plan, const RunOptions& options,
    const std::optional<ChosenCredentials>& credentials);

class MemorySession {
 public:
  // `folder`: the run's; `interrupts`: requests to stop so far.
  MemorySession(const std::string& folder, MemoryPlan plan,
                std::function<int()> interrupts);
  // Restores what is not restored yet, for whatever way the run ended.
  ~MemorySession();
  MemorySession(const MemorySession&) = delete;
  MemorySession& operator=(const MemorySession&) = delete;

  // No targets: does nothing, needs nothing. After an error what had been
  // changed is restored already; the message says what to do.
  absl::Status Set();

  // Once; later calls do nothing.
  absl::Status Restore();

  // In the order of the targets, as far as they were set.
  std::vector<MemoryReport> Report() const;
  // Whether a function is not what it was: its journal is still needed.
  bool is_pending() const { return journal_.is_pending(); }

 private:
  MemoryPlan plan_;  // its credentials are renewed
  MemoryJournal journal_;
  const std::function<int()> interrupts_;
  bool set_ = false;
  bool restored_ = false;       // or it was tried
  absl::Status restore_error_;  // of a try that nobody was told of
};

// `invocator restore-memory`: returns the process's exit code.
int RestoreMemory(const RestoreOptions& options, const RunHost& host);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_SESSION_H_
