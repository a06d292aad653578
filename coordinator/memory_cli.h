// Command-line options for memory sizes, and the command `invocator
// restore-memory`.
#ifndef INVOCATOR_COORDINATOR_MEMORY_CLI_H_
#define INVOCATOR_COORDINATOR_MEMORY_CLI_H_

#include <string>

#include "coordinator/memory/memory_size.h"
#include "coordinator/memory/restore_command.h"
#include "coordinator/run/run_options.h"

namespace CLI {
class App;
}

namespace invocator {

// Adds --memory-size. Keeps a reference to `memory` until the line is parsed.
void AddMemorySizeOption(CLI::App& app, MemorySizeOption& memory,
                         const std::string& about);

// Both keep a reference to the options until the line is parsed.
void AddMemoryOptions(CLI::App& run, RunOptions& options);
CLI::App* AddRestoreCommand(CLI::App& app, RestoreOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_CLI_H_
