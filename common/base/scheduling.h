// Scheduling of threads that share cores: engines run when they want to, the
// others (streams, merging, the CSV, gRPC's own) in between.
//
// All of it needs no privilege, and leaves a real-time, deadline or idle policy
// that somebody chose for the process (chrt) alone. Shares of the CPU stay
// equal: on a core that an engine fills, results still get theirs, for what is
// not written fills memory.
#ifndef INVOCATOR_COMMON_BASE_SCHEDULING_H_
#define INVOCATOR_COMMON_BASE_SCHEDULING_H_

#include <cstdint>

namespace invocator {

// How many cores the calling thread may run on, as taskset or a container's
// cpuset allow it; at least 1.
uint32_t UsableCores();

// Makes the calling thread, and those that it will start, work in the
// background: waking up, it does not push aside who is running.
void WorkInBackground();

// Makes the calling thread one of an engine's kind: woken without timer slack,
// in slices of the scheduler's shortest, and before background threads.
void WorkOnTime();

// A background thread calls this every few tens of microseconds of work, so
// that an engine it has been put in the place of need not wait for the next
// tick of the scheduler, up to 4 ms. About 0.3 us if nobody else wants to run.
void GiveWay();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_SCHEDULING_H_
