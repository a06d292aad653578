// Prints messages for people on stderr and stdout. Their text is cleaned: valid
// UTF-8, and no control characters but line ends reach the terminal
// (common/words/foreign_text.h). While LiveLines exist
// (common/process/live_lines.h), messages on stderr go above them.
//
// Thread-safe.
#ifndef INVOCATOR_COMMON_PROCESS_SAY_H_
#define INVOCATOR_COMMON_PROCESS_SAY_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Prints `text` and a line end on stderr. Ignores write errors.
void Say(absl::string_view text);

// Prints `text` on stdout, after all messages. An error names stdout.
absl::Status Print(absl::string_view text);

// Sets spdlog's default logger: one line per message on stderr, without
// colours: "12:34:56 warning: words".
void LogToStderr(const char* program);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_SAY_H_
