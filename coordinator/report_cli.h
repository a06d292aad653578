// The command line of `invocator report`.
#ifndef INVOCATOR_COORDINATOR_REPORT_CLI_H_
#define INVOCATOR_COORDINATOR_REPORT_CLI_H_

#include "coordinator/review/report_command.h"

namespace CLI {
class App;
}

namespace invocator {

// Keeps references to its arguments until the command line is parsed.
CLI::App* AddReportCommand(CLI::App& app, ReportOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_CLI_H_
