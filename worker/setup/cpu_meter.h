// Resource usage of this process since a run's start: CPU time and peak memory.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_SETUP_CPU_METER_H_
#define INVOCATOR_WORKER_SETUP_CPU_METER_H_

#include <sys/resource.h>

#include <cstdint>

#include "common/result/worker_done.h"

namespace invocator {

class CpuMeter {
 public:
  void Start() { start_s_ = CpuSeconds(Usage()); }

  // REQUIRES: Start was called.
  void Fill(WorkerDone& done) const {
    const rusage usage = Usage();
    done.cpu_s = CpuSeconds(usage) - start_s_;
    done.max_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  }

 private:
  static rusage Usage() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage;
  }
  static double CpuSeconds(const rusage& usage) {
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) +
             static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  double start_s_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_CPU_METER_H_
