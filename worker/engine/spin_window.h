// Time before an instant at which an engine stops sleeping and spins: as long
// as this machine may take to wake a sleeper, and no longer, since spinning
// costs a core.
#ifndef INVOCATOR_WORKER_ENGINE_SPIN_WINDOW_H_
#define INVOCATOR_WORKER_ENGINE_SPIN_WINDOW_H_

#include <cstdint>
#include <vector>

#include "common/base/clock.h"

namespace invocator {

// From how late sleepers were woken, in ns: a little more than nearly all of
// them, at most `limit_ns`. `limit_ns` if nothing was measured. Pure.
int64_t SpinWindowNs(std::vector<int64_t> wake_ups_ns, int64_t limit_ns);

// How late short sleeps ended on a thread of an engine's kind; takes about
// 10 ms. Nothing if there is no thread to be had.
std::vector<int64_t> MeasureWakeUpsNs(const SteadyClock& clock);

// Keeps the calling thread on the `index`-th of the cores that this process may
// use, counted round.
void PinToCore(uint32_t index);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_SPIN_WINDOW_H_
