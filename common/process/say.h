// Prints messages and results for people. The text is cleaned: it is valid
// UTF-8, without control characters but line ends
// (common/words/foreign_text.h).
//
// Thread-safe.
#ifndef INVOCATOR_COMMON_PROCESS_SAY_H_
#define INVOCATOR_COMMON_PROCESS_SAY_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Sends `text` and a line end to CurrentOutput() as a message.
void Say(absl::string_view text);

// The same with the prefix "invocator: ", as the reason for a failure.
void SayError(absl::string_view text);

// Sends `text` to CurrentOutput() as part of the results, after all messages.
// An error names the file that could not be written.
absl::Status Print(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_SAY_H_
