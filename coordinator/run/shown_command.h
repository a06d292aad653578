// Formats the command line that plays a run again, for people. Pure.
#ifndef INVOCATOR_COORDINATOR_RUN_SHOWN_COMMAND_H_
#define INVOCATOR_COORDINATOR_RUN_SHOWN_COMMAND_H_

#include <string>

#include "absl/strings/string_view.h"
#include "coordinator/run/run_options.h"

namespace invocator {

// The text without control characters, quoted as one shell word.
std::string ShellWord(absl::string_view text);

// "invocator run workload.json --endpoint-url http://...": the options that
// differ from their defaults, quoted for a shell. workload.json is that of the
// run's folder, which has seed and thresholds. May be sent around: URLs are
// those of ShownUrl, and files appear as FILE. Options of results are left out.
std::string ShownCommand(const RunOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_SHOWN_COMMAND_H_
