// Attends runs one after the other until the worker is asked to stop, has
// finished its only run (--once), or is accepted by no coordinator.
#ifndef INVOCATOR_WORKER_AGENT_ATTENDANCE_H_
#define INVOCATOR_WORKER_AGENT_ATTENDANCE_H_

#include <string>

#include "absl/time/time.h"
#include "worker/agent/agent.h"

namespace invocator {

struct AttendanceOptions {
  std::string coordinator;  // its address, for people
  bool has_tls = false;
  bool once = false;  // ends after one run
  // Time for a coordinator to welcome the worker, for each run.
  absl::Duration join_timeout = absl::InfiniteDuration();
  absl::Duration between_runs = absl::Seconds(1);  // after one that failed
};

// Blocks; logs how each run ended. Returns the process's exit code: 0 if the
// last run went well, or the worker was asked to stop while it had nothing to
// play; else 3.
int AttendRuns(Agent& agent, const Dial& dial,
               const AttendanceOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_ATTENDANCE_H_
