// Resource usage since a run's start: CPU time and peak memory of this process,
// and the time that a hypervisor took from this machine's CPUs.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_SETUP_CPU_METER_H_
#define INVOCATOR_WORKER_SETUP_CPU_METER_H_

#include <sys/resource.h>

#include <optional>

#include "common/result/worker_done.h"

namespace invocator {

class CpuMeter {
 public:
  void Start();

  // REQUIRES: Start was called.
  void Fill(WorkerDone& done) const;

 private:
  double start_s_ = 0;
  std::optional<double> start_steal_s_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_CPU_METER_H_
