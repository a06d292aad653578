// Judges the thresholds of a run on its report. Pure.
#ifndef INVOCATOR_COORDINATOR_REPORT_RUN_JUDGEMENT_H_
#define INVOCATOR_COORDINATOR_REPORT_RUN_JUDGEMENT_H_

#include <vector>

#include "coordinator/books/judgement.h"
#include "coordinator/books/threshold.h"
#include "coordinator/report/run_report.h"

namespace invocator {

// Of the run, then of each instance in the plan's order: those of `each`, and
// its own. The one that ended the run is missed as its window was.
std::vector<ThresholdResult> JudgeRun(const WorkloadThresholds& thresholds,
                                      const RunReport& report);

// Limits on versions, each for every instance that has such a version.
std::vector<VersionCheck> JudgeVersions(const std::vector<VersionLimit>& limits,
                                        const RunReport& report);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_RUN_JUDGEMENT_H_
