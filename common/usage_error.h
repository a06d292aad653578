// Ends the parsing of a command line: prints the help or version that was asked
// for on stdout, or what is wrong on stderr. What it quotes of the command line
// is printed as all foreign text is (common/say.h).
#ifndef INVOCATOR_COMMON_USAGE_ERROR_H_
#define INVOCATOR_COMMON_USAGE_ERROR_H_

#include <CLI/CLI.hpp>

namespace invocator {

// The exit code: 0 for help and version, 3 if they could not be written, 2 if
// the line is wrong.
int TellParseEnd(const CLI::App& app, const CLI::ParseError& end);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_USAGE_ERROR_H_
