// The command line of `invocator run`, and the options that other commands have
// in common with it.
#ifndef INVOCATOR_COORDINATOR_RUN_CLI_H_
#define INVOCATOR_COORDINATOR_RUN_CLI_H_

#include <string>

#include "coordinator/run/run_options.h"

namespace CLI {
class App;
}

namespace invocator {

// All keep a reference to what they set until the line is parsed.
CLI::App* AddRunCommand(CLI::App& app, RunOptions& options);
void AddProfileOption(CLI::App& app, std::string& profile);
void AddPricesOption(CLI::App& app, std::string& prices);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_CLI_H_
