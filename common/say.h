// Words for people, on stderr and stdout: whatever stands in them, no control
// character but a line's end reaches the terminal, and all of it is UTF-8
// (common/foreign_text.h).
//
// Thread-safe.
#ifndef INVOCATOR_COMMON_SAY_H_
#define INVOCATOR_COMMON_SAY_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Prints `text` and a line's end on stderr. What cannot be written is lost.
void Say(absl::string_view text);

// Prints `text` on stdout. An error names stdout.
absl::Status Print(absl::string_view text);

// Makes spdlog's default logger one that writes a line a message to stderr,
// without colours: "12:34:56 warning: words".
void LogToStderr(const char* program);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_SAY_H_
