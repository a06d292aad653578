// Command line of invocator-worker, checked once into values that cannot be
// wrong.
#ifndef INVOCATOR_WORKER_OPTIONS_H_
#define INVOCATOR_WORKER_OPTIONS_H_

#include <optional>

#include "absl/time/time.h"
#include "common/channel/security.h"
#include "common/http/address.h"
#include "worker/setup/agent_options.h"

namespace invocator {

struct WorkerOptions {
  // Print the source of agent.profile's credentials, and exit; options other
  // than agent's have no value then.
  bool check_credentials = false;
  Address coordinator;
  Security security;
  bool once = false;  // exit after one run
  // Time for a coordinator to welcome the worker.
  absl::Duration join_timeout = absl::InfiniteDuration();
  AgentOptions agent;  // except for its file_limit
};

// Absent options: --help, --version or an error has been printed, and the
// program exits with that code (0 or 2).
struct ParsedWorkerOptions {
  std::optional<WorkerOptions> options;
  int exit_code = 0;
};

// Reads the files that the options name.
ParsedWorkerOptions ParseWorkerOptions(int argc, const char* const* argv);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_OPTIONS_H_
