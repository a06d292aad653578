// The command line of `invocator check`.
#ifndef INVOCATOR_COORDINATOR_CHECK_CLI_H_
#define INVOCATOR_COORDINATOR_CHECK_CLI_H_

#include "coordinator/review/check_command.h"

namespace CLI {
class App;
}

namespace invocator {

// Keeps references to its arguments until the command line is parsed.
CLI::App* AddCheckCommand(CLI::App& app, CheckOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CHECK_CLI_H_
