// Judges the thresholds of a finished run. Pure.
#ifndef INVOCATOR_COORDINATOR_REVIEW_KEPT_JUDGEMENT_H_
#define INVOCATOR_COORDINATOR_REVIEW_KEPT_JUDGEMENT_H_

#include <vector>

#include "coordinator/books/judgement.h"
#include "coordinator/books/threshold.h"
#include "coordinator/review/run_folder.h"

namespace invocator {

// Results of the run's own thresholds, then of `more`, all judged on the whole
// run. A threshold that ended the run early is missed in any case, since the
// folder does not have its window.
std::vector<ThresholdResult> JudgeKeptRun(
    const KeptRun& run, const std::vector<Threshold>& more = {});

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_KEPT_JUDGEMENT_H_
