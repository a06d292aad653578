// Asks the person at the terminal to confirm an action that no option asked for
// explicitly.
#ifndef INVOCATOR_COORDINATOR_TEXT_TERMINAL_QUESTION_H_
#define INVOCATOR_COORDINATOR_TEXT_TERMINAL_QUESTION_H_

#include <functional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// True if standard input and standard error are terminals, so that somebody can
// answer.
bool CanAsk();

// Prints `question` on stderr and reads a line of `input`. True for "y" and
// "yes", ignoring case; false for everything else and for the end of input.
// CANCELLED as soon as `give_up` is true, since a counted signal does not end a
// read.
absl::StatusOr<bool> AskYesOrNo(absl::string_view question, int input,
                                const std::function<bool()>& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_TERMINAL_QUESTION_H_
