// Runs a program without a shell and captures its standard output.
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
  std::function<bool()> give_up;  // polled several times a second
};

// Returns the output of a program that exited with 0. Its standard input is
// empty, its standard error is ours. Errors name only the program, not its
// arguments or output: NOT_FOUND and the like if it cannot be started,
// FAILED_PRECONDITION for another ending, RESOURCE_EXHAUSTED for too much
// output, DEADLINE_EXCEEDED, CANCELLED. A program that did not end by itself is
// killed with its process group. Blocks; safe from any thread.
absl::StatusOr<std::string> RunChildProcess(const ChildProcess& child);

// Kills the running child and its process group; if several run, the last one
// started. Async-signal-safe. For a process that is about to exit.
void KillChildProcess();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_CHILD_PROCESS_H_
