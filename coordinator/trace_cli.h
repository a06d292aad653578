// The command line of `invocator trace`.
#ifndef INVOCATOR_COORDINATOR_TRACE_CLI_H_
#define INVOCATOR_COORDINATOR_TRACE_CLI_H_

#include "coordinator/trace/trace_command.h"

namespace CLI {
class App;
}

namespace invocator {

// Keeps references to its arguments until the command line is parsed.
CLI::App* AddTraceCommand(CLI::App& app, TraceOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_CLI_H_
