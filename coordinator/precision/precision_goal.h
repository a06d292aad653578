// Precision that a number of the run is to be known with: METRIC AGGREGATE
// within PERCENT, such as "response p99 within 5%". Parsing and formatting.
#ifndef INVOCATOR_COORDINATOR_PRECISION_PRECISION_GOAL_H_
#define INVOCATOR_COORDINATOR_PRECISION_PRECISION_GOAL_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/books/threshold.h"

namespace invocator {

inline constexpr size_t kMaxPrecisionGoals = 100;

struct PrecisionGoal {
  // Without comparison and limit: mean or percentile of a latency that is known
  // bin by bin.
  Threshold subject;
  // Of the estimate: the most that half the width of its interval may be.
  double percent = 0;

  bool operator==(const PrecisionGoal&) const = default;
};

// Errors as in ParseThreshold; also for numbers whose precision is not known.
absl::StatusOr<PrecisionGoal> ParsePrecisionGoal(absl::string_view text,
                                                 NearestWordFinder nearest);
// Parses those of --until, at most kMaxPrecisionGoals. The error has a line for
// each wrong one.
absl::StatusOr<std::vector<PrecisionGoal>> ParsePrecisionGoals(
    const std::vector<std::string>& texts, NearestWordFinder nearest);

// Parses to an equal goal.
std::string GoalText(const PrecisionGoal& goal);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PRECISION_PRECISION_GOAL_H_
