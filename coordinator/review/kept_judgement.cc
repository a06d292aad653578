#include "coordinator/review/kept_judgement.h"

#include <utility>

#include "coordinator/report/run_judgement.h"

namespace invocator {

std::vector<ThresholdResult> JudgeKeptRun(const KeptRun& run,
                                          const std::vector<Threshold>& more) {
  std::vector<ThresholdResult> results = JudgeRun(run.thresholds, run.report);
  for (ThresholdResult& result : results) {
    if (run.aborted_by && result.threshold.abort &&
        CheckText(result.threshold) == run.aborted_by->check &&
        result.instance == run.aborted_by->instance) {
      result.state = ThresholdState::kMissed;
    }
  }
  WorkloadThresholds given;
  given.run = more;
  for (ThresholdResult& result : JudgeRun(given, run.report)) {
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace invocator
