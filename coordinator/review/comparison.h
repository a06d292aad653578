// Shows finished runs side by side, for people. Pure.
#ifndef INVOCATOR_COORDINATOR_REVIEW_COMPARISON_H_
#define INVOCATOR_COORDINATOR_REVIEW_COMPARISON_H_

#include <string>

#include "absl/types/span.h"
#include "coordinator/review/run_folder.h"

namespace invocator {

// What was the same and what was not, then a column for each run and one for
// the changes to the last, which is a range if there are several earlier runs.
// The thresholds of each run are judged on it. REQUIRES: at least two runs
std::string ComparisonText(absl::Span<const KeptRun> runs);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_COMPARISON_H_
