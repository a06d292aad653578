// Last report of a worker: how its part of the run ended. Plain values.
//
// Instants are nanoseconds since the run's start.
#ifndef INVOCATOR_COMMON_RESULT_WORKER_DONE_H_
#define INVOCATOR_COMMON_RESULT_WORKER_DONE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/io_mode.h"

namespace invocator {

// Gaps in which a spinning engine did not run (worker/engine/core_gaps.h).
struct CoreGapFacts {
  double spun_s = 0;  // the time in which they were seen
  uint64_t count = 0;
  double total_s = 0;
  double longest_s = 0;
  double preempted_s = 0;  // of the total: another thread had the core

  // Of the time spun.
  double Share() const { return spun_s > 0 ? total_s / spun_s : 0; }
};

struct EngineFacts {
  double busy_ratio = 0;            // share of the run not spent waiting
  double at_limit_s = 0;            // time spent at the in-flight limit
  uint32_t max_in_flight = 0;       // that limit
  uint64_t connections = 0;         // opened
  uint64_t connections_reused = 0;  // calls on a connection used before
  uint64_t connections_failed = 0;  // could not be opened
  uint64_t connections_closed_by_peer = 0;
  CoreGapFacts gaps = {};
};

struct WorkerDone {
  // False if a Stop, or the end of the lease or the drain, left part of the
  // schedule untouched.
  bool schedule_exhausted = false;
  bool lease_ended = false;    // with calls still unsent
  int64_t start_error_ns = 0;  // first turn of the latest engine
  int64_t last_sent_ns = 0;
  int64_t ended_ns = 0;
  double cpu_s = 0;  // of the process, since the start
  uint64_t max_rss_bytes = 0;
  // Sent no call scheduled at or after it, by order; 0: without such an order.
  int64_t stopped_from_ns = 0;
  uint64_t extends = 0;       // taken; later ones are unsent
  uint64_t records_lost = 0;  // rows for which there was no room
  // Time of all CPUs of its machine that a hypervisor took, since the start;
  // nullopt where the kernel does not tell.
  std::optional<double> steal_s;
  IoMode io = IoMode::kAuto;  // event loops of its engines; kAuto: unknown
  std::vector<EngineFacts> engines;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_WORKER_DONE_H_
