#include "worker/engine/spin_window.h"

#include <sched.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <system_error>
#include <thread>

#include "common/base/scheduling.h"

namespace invocator {
namespace {

constexpr int kSleeps = 80;
constexpr int64_t kSleepNs = 100'000;
// An engine that spins less than this might as well not.
constexpr int64_t kLeastNs = 5'000;

}  // namespace

int64_t SpinWindowNs(std::vector<int64_t> wake_ups_ns, int64_t limit_ns) {
  if (wake_ups_ns.empty()) return limit_ns;
  // Other threads delayed the slowest few, and would again.
  const size_t rank = wake_ups_ns.size() * 95 / 100;
  std::nth_element(wake_ups_ns.begin(),
                   wake_ups_ns.begin() + static_cast<ptrdiff_t>(rank),
                   wake_ups_ns.end());
  const int64_t usual_ns = std::clamp<int64_t>(wake_ups_ns[rank], 0, limit_ns);
  return std::min(limit_ns, std::max(kLeastNs, usual_ns + usual_ns / 4));
}

std::vector<int64_t> MeasureWakeUpsNs(const SteadyClock& clock) {
  std::vector<int64_t> late_ns;
  const auto sleep = [&] {
    WorkOnTime();
    for (int i = 0; i < kSleeps; ++i) {
      const int64_t due_ns = clock.NowNs() + kSleepNs;
      const timespec duration = {0, kSleepNs};
      clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nullptr);
      late_ns.push_back(clock.NowNs() - due_ns);
    }
  };
  try {
    std::thread(sleep).join();
  } catch (const std::system_error&) {
    // No thread available; starting the engines will report it.
  }
  return late_ns;
}

void PinToCore(uint32_t index) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  const int cores = CPU_COUNT(&allowed);
  if (cores == 0) return;
  int left = static_cast<int>(index % static_cast<uint32_t>(cores));
  for (size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed) || left-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof(one), &one);
    return;
  }
}

}  // namespace invocator
