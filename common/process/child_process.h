// Runs a program, without a shell, for what it writes to its standard output.
#ifndef INVOCATOR_COMMON_PROCESS_CHILD_PROCESS_H_
#define INVOCATOR_COMMON_PROCESS_CHILD_PROCESS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace invocator {

struct ChildProcess {
  std::vector<std::string> arguments;  // the first names the program
  absl::Duration timeout = absl::Minutes(1);
  size_t max_output_bytes = size_t{64} << 10;
  std::function<bool()> give_up;  // asked several times a second
};

// Returns the output of a program that ended with 0. It reads nothing; what it
// writes to its standard error goes to ours. Errors name the program alone, not
// its arguments or output: NOT_FOUND and the like if it cannot be started,
// FAILED_PRECONDITION for another ending, RESOURCE_EXHAUSTED,
// DEADLINE_EXCEEDED, CANCELLED. One that did not end by itself is killed, with
// what it started in its process group. Blocks; safe from any thread.
absl::StatusOr<std::string> RunChildProcess(const ChildProcess& child);

// Kills the running child and its process group; if several run, the last one
// started. Async-signal-safe. For a process that is about to exit.
void KillChildProcess();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_CHILD_PROCESS_H_
