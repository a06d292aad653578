// The command line of `invocator run`, and the options that it shares with
// other commands.
#ifndef INVOCATOR_COORDINATOR_RUN_CLI_H_
#define INVOCATOR_COORDINATOR_RUN_CLI_H_

#include <string>

#include "coordinator/run/run_options.h"

namespace CLI {
class App;
}

namespace invocator {

// All keep references to their arguments until the line is parsed.
CLI::App* AddRunCommand(CLI::App& app, RunOptions& options);
void AddProfileOption(CLI::App& app, std::string& profile);
void AddReportOptions(CLI::App& app, std::string& junit, std::string& markdown);
void AddPricesOption(CLI::App& app, std::string& prices);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_CLI_H_
