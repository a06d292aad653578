// Formats tables of finished runs: a column for each run and one for the change
// to the last run (a range with several earlier runs). Pure.
//
// REQUIRES (all): at least two runs
#ifndef INVOCATOR_COORDINATOR_REVIEW_COMPARISON_TABLE_H_
#define INVOCATOR_COORDINATOR_REVIEW_COMPARISON_TABLE_H_

#include <string>

#include "absl/types/span.h"
#include "coordinator/review/run_folder.h"

namespace invocator {

// Counts, shares, cost and percentiles of the runs.
std::string ValueTable(absl::Span<const KeptRun> runs);

// Each run's thresholds and their results; empty without thresholds.
std::string ThresholdTable(absl::Span<const KeptRun> runs);

// p99 response of the first instances that all runs have; empty if every run
// has only one.
std::string InstanceTable(absl::Span<const KeptRun> runs);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_COMPARISON_TABLE_H_
