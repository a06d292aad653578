// Splits a command line, as people write it in a file, into words. Pure.
#ifndef INVOCATOR_COMMON_PROCESS_COMMAND_LINE_H_
#define INVOCATOR_COMMON_PROCESS_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Splits as a shell would, with quotes and backslashes but nothing else of a
// shell: like Python's shlex.split. INVALID_ARGUMENT, without quoting the line,
// for an open quote or a trailing backslash.
absl::StatusOr<std::vector<std::string>> SplitCommandLine(
    absl::string_view line);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_COMMAND_LINE_H_
