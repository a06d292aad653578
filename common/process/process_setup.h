// Sets up the process: signals, limits and descriptors. Only a program's main
// calls it, because all other code must also run inside other people's
// processes. The same holds for common/process/interrupt.h;
// scripts/check_layering.sh checks the callers of both.
#ifndef INVOCATOR_COMMON_PROCESS_PROCESS_SETUP_H_
#define INVOCATOR_COMMON_PROCESS_PROCESS_SETUP_H_

#include <cstdint>

namespace invocator {

// Call it first in main, before any thread starts or file is opened. `program`
// prefixes its last message and must outlive the process.
//
//  - Closed standard streams are opened on /dev/null, so that no socket or file
//    gets their number and our text. Reading and writing still fail, as on a
//    closed stream.
//  - SIGPIPE and SIGXFSZ (ulimit -f) are ignored: a closed pipe and the file
//    size limit become write errors and do not end the run.
//  - SIGCHLD is reset (children of a process that ignores it cannot be awaited)
//    and the signals that we need are unblocked.
//  - Core dumps are disabled: they would contain AWS secrets.
//  - When memory, threads or descriptors run out, the process ends with a
//    message and exit code 3, see common/process/last_words.h.
void SetUpProcess(const char* program);

// Raises RLIMIT_NOFILE to its hard limit and returns the new limit.
uint64_t RaiseFileLimit();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_PROCESS_SETUP_H_
