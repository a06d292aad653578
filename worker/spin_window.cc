#include "worker/spin_window.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <thread>

namespace invocator {
namespace {

constexpr int kSleeps = 80;
constexpr int64_t kSleepNs = 100'000;
// An engine that spins less than this might as well not.
constexpr int64_t kLeastNs = 5'000;

// Asks the scheduler to run this thread in slices of 0.1 ms (its shortest) and
// not of some 3 ms. A thread that wants short slices may preempt one of long
// slices when it wakes (EEVDF, Linux 6.12), so an engine need not wait for the
// end of somebody else's slice. Needs no privilege; older kernels ignore it.
void AskForShortSlices() {
  struct {  // struct sched_attr of linux/sched/types.h, which glibc hides
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
  } attributes = {};
  attributes.size = sizeof(attributes);
  attributes.nice = getpriority(PRIO_PROCESS, 0);
  attributes.runtime_ns = 100'000;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

int64_t SpinWindowNs(std::vector<int64_t> wake_ups_ns, int64_t limit_ns) {
  if (wake_ups_ns.empty()) return limit_ns;
  // The slowest few were somebody else's doing, and would be again.
  const size_t rank = wake_ups_ns.size() * 95 / 100;
  std::nth_element(wake_ups_ns.begin(),
                   wake_ups_ns.begin() + static_cast<ptrdiff_t>(rank),
                   wake_ups_ns.end());
  const int64_t usual_ns = std::clamp<int64_t>(wake_ups_ns[rank], 0, limit_ns);
  return std::min(limit_ns, std::max(kLeastNs, usual_ns + usual_ns / 4));
}

std::vector<int64_t> MeasureWakeUpsNs(const SteadyClock& clock) {
  std::vector<int64_t> late_ns;
  std::thread sleeper([&] {
    BecomeEngineThread();
    for (int i = 0; i < kSleeps; ++i) {
      const int64_t due_ns = clock.NowNs() + kSleepNs;
      const timespec sleep = {0, kSleepNs};
      clock_nanosleep(CLOCK_MONOTONIC, 0, &sleep, nullptr);
      late_ns.push_back(clock.NowNs() - due_ns);
    }
  });
  sleeper.join();
  return late_ns;
}

void BecomeEngineThread() {
  // The kernel may delay a sleeper's wake-up by its timer slack, 50 us unless
  // told otherwise.
  prctl(PR_SET_TIMERSLACK, 1);
  AskForShortSlices();
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
