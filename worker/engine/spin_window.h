// Spin window: the time before an instant during which an engine spins instead
// of sleeping. As long as this machine may take to wake a sleeper, and no
// longer, since spinning costs a core.
#ifndef INVOCATOR_WORKER_ENGINE_SPIN_WINDOW_H_
#define INVOCATOR_WORKER_ENGINE_SPIN_WINDOW_H_

#include <cstdint>
#include <vector>

#include "common/base/clock.h"

namespace invocator {

// The window for measured wake-up delays: a little more than nearly all of
// them, at most `limit_ns`; `limit_ns` if nothing was measured. Pure.
int64_t SpinWindowNs(std::vector<int64_t> wake_ups_ns, int64_t limit_ns);

// Wake-up delays of short sleeps on an engine thread; takes about 10 ms. Empty
// if no thread can be started.
std::vector<int64_t> MeasureWakeUpsNs(const SteadyClock& clock);

// Pins the calling thread to the `index`-th core that this process may use,
// modulo their number.
void PinToCore(uint32_t index);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_SPIN_WINDOW_H_
