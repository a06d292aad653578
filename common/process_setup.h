// Settings of the whole process, made by a program's main and by nothing else:
// the code below main also has to run inside other people's processes, where
// signals, limits and descriptors are not ours. common/interrupt.h belongs to
// it, and scripts/check_layering.sh checks who calls them.
#ifndef INVOCATOR_COMMON_PROCESS_SETUP_H_
#define INVOCATOR_COMMON_PROCESS_SETUP_H_

#include <cstdint>

namespace invocator {

// First in main, before any thread or file is there. `program` names it in its
// last words and must stay.
//
//  - Standard streams that are closed are opened on /dev/null, so that no
//    socket or file takes their number and gets text; writing to them, or
//    reading, fails as it does on a closed one.
//  - SIGPIPE and SIGXFSZ (ulimit -f) are ignored: a reader that goes away and a
//    file that may not grow are errors of writing, not the end of a run.
//  - A parent's SIGCHLD setting (ignored, children could not be awaited) and
//    its blocked signals are undone, as far as we need them.
//  - Nothing dumps core, for it would hold the secrets of AWS.
//  - Where memory, threads or descriptors run out where nobody can do without,
//    the process ends with a message and exit code 3, see common/last_words.h.
void SetUpProcess(const char* program);

// Raises RLIMIT_NOFILE to its hard limit and returns what is then allowed.
uint64_t RaiseFileLimit();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_SETUP_H_
