#include "worker/setup/cpu_meter.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace invocator {
namespace {

rusage Usage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double CpuSeconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The eighth number of /proc/stat's first line, in ticks (proc(5)).
std::optional<double> StealSeconds() {
  std::FILE* const file = std::fopen("/proc/stat", "re");
  if (file == nullptr) return std::nullopt;
  unsigned long long steal = 0;
  const int found =
      std::fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal);
  std::fclose(file);
  const long ticks_per_s = sysconf(_SC_CLK_TCK);
  if (found != 1 || ticks_per_s <= 0) return std::nullopt;
  return static_cast<double>(steal) / static_cast<double>(ticks_per_s);
}

}  // namespace

void CpuMeter::Start() {
  start_s_ = CpuSeconds(Usage());
  start_steal_s_ = StealSeconds();
}

void CpuMeter::Fill(WorkerDone& done) const {
  const rusage usage = Usage();
  done.cpu_s = CpuSeconds(usage) - start_s_;
  done.max_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  const std::optional<double> steal_s = StealSeconds();
  // Hotplugged CPUs take their time along.
  if (steal_s && start_steal_s_) {
    done.steal_s = std::max(0.0, *steal_s - *start_steal_s_);
  }
}

}  // namespace invocator
