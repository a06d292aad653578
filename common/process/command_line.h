// A command line as people write it in a file. Pure.
#ifndef INVOCATOR_COMMON_PROCESS_COMMAND_LINE_H_
#define INVOCATOR_COMMON_PROCESS_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Splits it into words as a shell would, with its quotes and backslashes but
// nothing else of a shell: what Python's shlex.split does. INVALID_ARGUMENT,
// without quoting it, for an open quote or a last backslash.
absl::StatusOr<std::vector<std::string>> SplitCommandLine(
    absl::string_view line);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_COMMAND_LINE_H_
