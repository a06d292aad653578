// Converts a run's progress to JSON, for the live page and --progress json.
#ifndef INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_JSON_H_
#define INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_JSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/result/totals.h"
#include "coordinator/json/json.h"

namespace invocator {

// The run's counts and histograms so far. Borrows the vectors for one call.
struct BooksSoFar {
  double elapsed_s = 0;
  uint64_t planned = 0;                 // of the whole run
  const std::vector<Totals>& measured;  // by instance
  const std::vector<Totals>& warmup;    // empty without a warm-up
  uint64_t in_flight = 0;
  std::vector<std::string> missed;  // thresholds missed so far
};

// {"elapsed_s", "planned", "sent", "completed", "dropped", "in_flight",
//  "outcomes": {"ok": 1, ...}, "response_us": {"p50", "p90", "p99", "p99_9",
//  "max"}, "lateness_us": {"p50", "p99", "max"}, "missed": [...]}
//
// Counts cover both phases. Latencies cover the measured phase, or the warm-up
// until a measured call has ended; null without calls.
Json ProgressJson(const BooksSoFar& books);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_JSON_H_
