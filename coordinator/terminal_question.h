// A question to the person at the terminal, before something is done that
// nobody asked for in so many words.
#ifndef INVOCATOR_COORDINATOR_TERMINAL_QUESTION_H_
#define INVOCATOR_COORDINATOR_TERMINAL_QUESTION_H_

#include <functional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Whether somebody can be asked: standard input and standard error are
// terminals.
bool CanAsk();

// Prints `question` on stderr and reads a line of `input`. True for "y" and
// "yes", in any case; false for everything else and for the end of input.
// CANCELLED as soon as `give_up` says so: a signal that is counted ends no
// read.
absl::StatusOr<bool> AskYesOrNo(absl::string_view question, int input,
                                const std::function<bool()>& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TERMINAL_QUESTION_H_
