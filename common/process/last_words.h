// Ends a process with a message when the system has no more threads, memory or
// file descriptors.
#ifndef INVOCATOR_COMMON_PROCESS_LAST_WORDS_H_
#define INVOCATOR_COMMON_PROCESS_LAST_WORDS_H_

#include <string>
#include <system_error>

#include "absl/strings/string_view.h"

namespace invocator {

// Error text for a std::thread that could not be started.
std::string NoThread(const std::system_error& error);

// Ends the process with that reason, as EndInWords would, and exit code 3. For
// states that allow no orderly shutdown.
[[noreturn]] void EndAtOnce(absl::string_view reason);

// Ends the process with "program: interrupted" and exit code 130.
// Async-signal-safe; never blocks.
[[noreturn]] void EndInterrupted();

// From now on an uncaught std::bad_alloc, a std::thread that cannot start, or
// an abort() while descriptors or memory are used up ends the process with
// "program: reason" and exit code 3. It ends at once: an orderly shutdown would
// need the missing resource. Other aborts end it by SIGABRT, with a message if
// another process sent the signal. `program` must outlive the process. Called
// by SetUpProcess.
void EndInWords(const char* program);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_LAST_WORDS_H_
