// The command line of `invocator`.
#ifndef INVOCATOR_COORDINATOR_CLI_H_
#define INVOCATOR_COORDINATOR_CLI_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "coordinator/memory/memory_size.h"
#include "coordinator/memory/restore_command.h"
#include "coordinator/run/run_options.h"

namespace invocator {

struct PlanOptions {
  std::string workload;
  uint32_t workers = 1;
  uint32_t threads = 1;
  bool events = false;
  MemorySizeOption memory;  // with which the cost is estimated
  std::string prices;       // empty: the built-in ones
  std::string profile;      // of AWS's shared files; empty: as they say
};

// What was asked for, or, when nothing is left to do, the exit code.
using Command = std::variant<RunOptions, PlanOptions, RestoreOptions, int>;

// Prints help and version to stdout, errors to stderr (exit code 2).
Command ParseCommandLine(int argc, char** argv);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CLI_H_
