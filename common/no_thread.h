// What to do where the system makes no thread, of which std::thread throws a
// std::system_error.
#ifndef INVOCATOR_COMMON_NO_THREAD_H_
#define INVOCATOR_COMMON_NO_THREAD_H_

#include <string>
#include <system_error>

namespace invocator {

// What to say of it.
std::string NoThread(const std::system_error& error);

// From here on a thread that nobody can do without ends the process with that
// word, as `program`, and exit code 3. At once: to take everything down in
// order, gRPC would wait for threads of its own that were not made either.
// `program` must stay.
void EndWhereNoThreadIs(const char* program);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_NO_THREAD_H_
