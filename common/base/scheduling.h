// CPU scheduling of threads that share cores: engines run as soon as they wake,
// other threads (streams, merging, the CSV, gRPC's) in between.
//
// Needs no privilege. Leaves a real-time, deadline or idle policy chosen for
// the process (chrt) alone. CPU shares stay equal: results get theirs even on a
// core that an engine fills, since unwritten results fill memory.
#ifndef INVOCATOR_COMMON_BASE_SCHEDULING_H_
#define INVOCATOR_COMMON_BASE_SCHEDULING_H_

#include <cstdint>

namespace invocator {

// Number of cores that the calling thread may run on, as limited by taskset or
// a container's cpuset; at least 1.
uint32_t UsableCores();

// Makes the calling thread, and threads it starts later, background threads:
// when they wake, they do not preempt a running thread.
void WorkInBackground();

// Makes the calling thread an engine thread: woken without timer slack and
// before background threads, with the scheduler's shortest slices.
void WorkOnTime();

// Yields the core. A background thread calls this every few tens of
// microseconds of work; otherwise an engine that it displaced could wait up to
// 4 ms for the scheduler's next tick. Takes about 0.3 us if no other thread
// wants to run.
void GiveWay();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_SCHEDULING_H_
