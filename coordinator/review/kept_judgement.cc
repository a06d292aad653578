#include "coordinator/review/kept_judgement.h"

#include <utility>

#include "coordinator/report/run_judgement.h"

namespace invocator {

namespace {

// Makes it the result of the window that ended the run.
void TakeWindow(const AbortedBy& by, ThresholdResult& result) {
  const bool is_latency = result.threshold.metric.kind == MetricKind::kLatency;
  result.state = ThresholdState::kMissed;
  result.value = by.value;
  if (by.value && is_latency) result.value = *by.value * 1e3;
  result.calls = by.calls;
  result.count = by.count;
  result.of = by.of;
  result.window = by.window;
  // Without calls there is no share.
  if (result.threshold.metric.IsCount() && by.of == 0) result.value.reset();
}

}  // namespace

std::vector<ThresholdResult> JudgeKeptRun(const KeptRun& run,
                                          const std::vector<Threshold>& more) {
  std::vector<ThresholdResult> results = JudgeRun(run.thresholds, run.report);
  for (ThresholdResult& result : results) {
    if (run.aborted_by && result.threshold.abort &&
        CheckText(result.threshold) == run.aborted_by->check &&
        result.instance == run.aborted_by->instance) {
      TakeWindow(*run.aborted_by, result);
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
