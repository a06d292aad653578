// Parses limits on the change of a measurement between two runs, or versions.
//
// Text form, METRIC [AGGREGATE] CHANGE (coordinator/books/threshold.h):
//   response p99 +5%     rises by more than 5 % of the earlier value
//   response p99 +20ms   rises by more than 20 ms; latencies only
//   ok -0.5pp            falls by more than 0.5 percentage points; counts only
// Counts are compared as shares, of the same calls as in thresholds.
//
// Plain values. Pure.
#ifndef INVOCATOR_COORDINATOR_PRECISION_CHANGE_LIMIT_H_
#define INVOCATOR_COORDINATOR_PRECISION_CHANGE_LIMIT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/books/threshold.h"

namespace invocator {

enum class ChangeUnit { kPercent, kDuration, kPoints };

struct ChangeLimit {
  Threshold subject;  // metric and aggregate; counts: is_share
  bool is_rise = true;
  ChangeUnit unit = ChangeUnit::kPercent;
  double amount = 0;  // percent, nanoseconds or points
};

// INVALID_ARGUMENT: the text, the expectation and the part that was found.
absl::StatusOr<ChangeLimit> ParseChangeLimit(absl::string_view text,
                                             NearestWordFinder nearest);

// "response p99 +5%"
std::string ChangeLimitText(const ChangeLimit& limit);

// Whether the change goes beyond the limit. A change equal to the limit does
// not; 1e-12 of the larger value counts as rounding. Any rise from 0 exceeds
// every percentage.
bool IsBeyond(const ChangeLimit& limit, double before, double after);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PRECISION_CHANGE_LIMIT_H_
