// The command line of `invocator compare`.
#ifndef INVOCATOR_COORDINATOR_COMPARE_CLI_H_
#define INVOCATOR_COORDINATOR_COMPARE_CLI_H_

#include "coordinator/review/compare_command.h"

namespace CLI {
class App;
}

namespace invocator {

// Keeps references to its arguments until the command line is parsed.
CLI::App* AddCompareCommand(CLI::App& app, CompareOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_COMPARE_CLI_H_
