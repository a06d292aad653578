#include "common/base/scheduling.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <thread>

namespace invocator {
namespace {

// A waking thread with short slices may preempt one with longer slices (EEVDF,
// Linux 6.12), so an engine need not wait for another thread's slice to end.
// 0.1 ms is the shortest possible. A thread that yields is also charged a slice
// (Linux 6.18): at the usual 3 ms, background threads would pay for fifty times
// the work they did.
constexpr uint64_t kEngineSliceNs = 100'000;
constexpr uint64_t kBackgroundSliceNs = 200'000;

struct SchedAttr {  // of linux/sched/types.h, which glibc hides
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime_ns, deadline_ns, period_ns;
};

// Older kernels ignore the slice.
void Set(int policy, uint64_t slice_ns) {
  SchedAttr attributes = {};
  attributes.size = sizeof(attributes);
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) != 0 ||
      (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH)) {
    return;
  }
  attributes.policy = static_cast<uint32_t>(policy);
  attributes.runtime_ns = slice_ns;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

uint32_t UsableCores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    return std::max(1u, std::thread::hardware_concurrency());
  }
  return static_cast<uint32_t>(std::max(1, CPU_COUNT(&allowed)));
}

void WorkInBackground() { Set(SCHED_BATCH, kBackgroundSliceNs); }

void WorkOnTime() {
  // The kernel may delay a sleeper's wake-up by its timer slack, 50 us by
  // default.
  prctl(PR_SET_TIMERSLACK, 1);
  Set(SCHED_OTHER, kEngineSliceNs);
}

void GiveWay() { sched_yield(); }

}  // namespace invocator
