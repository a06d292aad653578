// What a process says when the system has no more of what nobody can do
// without: threads, memory or file descriptors.
#ifndef INVOCATOR_COMMON_LAST_WORDS_H_
#define INVOCATOR_COMMON_LAST_WORDS_H_

#include <string>
#include <system_error>

namespace invocator {

// The reason of a std::thread that could not be started.
std::string NoThread(const std::system_error& error);

// From here on an uncaught std::bad_alloc or failed std::thread, and an abort()
// of a library while descriptors or memory are used up, end the process with
// the reason, as `program`, and exit code 3 instead of a crash. At once: taking
// everything down in order would need what there is none of. Any other abort
// stays one. `program` must stay. Called by SetUpProcess.
void EndInWords(const char* program);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_LAST_WORDS_H_
