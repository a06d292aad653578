// Ends the process's work when its parent is gone, however it went: the parent
// holds the other end of a pipe.
#ifndef INVOCATOR_COMMON_PROCESS_STOP_AT_EOF_H_
#define INVOCATOR_COMMON_PROCESS_STOP_AT_EOF_H_

namespace invocator {

// Sends SIGTERM to this process when `fd` has nothing more to read; what there
// is to read is thrown away. Unlike PR_SET_PDEATHSIG, this does not depend on
// the parent's thread that started the process. For a program's main only.
void StopAtEof(int fd);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_STOP_AT_EOF_H_
