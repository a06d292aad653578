// Formats finished runs side by side. Pure.
#ifndef INVOCATOR_COORDINATOR_REVIEW_COMPARISON_H_
#define INVOCATOR_COORDINATOR_REVIEW_COMPARISON_H_

#include <string>

#include "absl/types/span.h"
#include "coordinator/review/run_folder.h"

namespace invocator {

// Lists the differences between the runs, then tables with a column for each
// run and one for the change to the last run (a range with several earlier
// runs). Judges each run by its thresholds. REQUIRES: at least two runs
std::string ComparisonText(absl::Span<const KeptRun> runs);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_COMPARISON_H_
