// Facts about a run in progress, for the people who watch it.
//
// A plain value.
#ifndef INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_FACTS_H_
#define INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/result/outcome.h"

namespace invocator {

struct ShownLatency {
  int64_t p50_ns = 0;
  int64_t p99_ns = 0;
};

struct ProgressFacts {
  double elapsed_s = 0;
  double duration_s = 0;
  uint64_t planned = 0;
  uint64_t sent = 0;
  uint64_t ended = 0;
  uint64_t ok = 0;
  uint64_t dropped = 0;
  uint64_t in_flight = 0;
  int64_t lateness_p99_ns = 0;
  std::vector<std::string> missed = {};  // thresholds missed so far

  // For the live view only; nullopt: nothing has been reported yet.
  // Of the last seconds, from RecentActivity.
  double planned_per_s = 0;
  std::optional<double> sent_per_s = {};
  std::optional<ShownLatency> recent_response = {};
  // Of the measured phase so far.
  std::optional<ShownLatency> response = {};
  OutcomeCounts outcomes = {};
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_FACTS_H_
