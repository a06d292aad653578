// Ends the parsing of a command line: prints the requested help or version on
// stdout, or the error on stderr. Quoted arguments are cleaned like all foreign
// text (common/process/say.h).
#ifndef INVOCATOR_COMMON_PROCESS_USAGE_ERROR_H_
#define INVOCATOR_COMMON_PROCESS_USAGE_ERROR_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace invocator {

// Adds --version, which prints `version`; with -v also `details`, a line.
void AddVersionFlag(CLI::App& app, const std::string& version,
                    std::function<std::string()> details);

// Returns the exit code: 0 for help and version, 3 if they could not be
// written, 2 for a bad command line.
int TellParseEnd(const CLI::App& app, const CLI::ParseError& end);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_USAGE_ERROR_H_
