#include "worker/engine/core_gaps.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace invocator {

int64_t CoreGaps::SwitchesOfThread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

void CoreGaps::Add(int64_t turn_ns) {
  ++count_;
  total_ns_ += turn_ns;
  longest_ns_ = std::max(longest_ns_, turn_ns);
  const int64_t switches = switches_();
  if (switches > std::exchange(seen_, switches)) preempted_ns_ += turn_ns;
}

}  // namespace invocator
