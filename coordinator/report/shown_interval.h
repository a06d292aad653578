// Shows how well numbers are known: in the text report, and in summary.json.
// Pure.
#ifndef INVOCATOR_COORDINATOR_REPORT_SHOWN_INTERVAL_H_
#define INVOCATOR_COORDINATOR_REPORT_SHOWN_INTERVAL_H_

#include <string>

#include "coordinator/json/json.h"
#include "coordinator/precision/precision_watch.h"
#include "coordinator/precision/run_intervals.h"
#include "coordinator/precision/version_comparison.h"
#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/steadiness.h"

namespace invocator {

// "198..241", in the unit that FormatLatency gives the estimate; "?" for an
// unknown end, empty if both are unknown.
std::string LatencyRange(const Interval& interval);
// Why an interval has an unknown end: "needs about 3688 calls".
std::string UnknownText(const Interval& interval);

// The ranges of a latency, as a row below its values; empty if no end is known.
std::string IntervalRow(const LatencyIntervals& intervals);
// Lines of the text report on the unknown ends of the response, if there are
// any, and on steadiness. `warmup_s`: the run's warm-up.
std::string IntervalLines(const RunIntervals& intervals, double warmup_s);

// Line of the text report on a change between versions.
std::string VersionChangeLine(const VersionChange& change);

// {"low": ..., "high": ..., "effective_n": ...} with the reason for what is not
// known; ends are divided by `unit`.
Json IntervalJson(const Interval& interval, double unit);
// By name: mean, p50, ...; in microseconds.
Json LatencyIntervalsJson(const LatencyIntervals& intervals);
Json GoalJson(const PrecisionResult& result);
// Values in microseconds or percent. `instance`: the other version.
Json VersionChangeJson(const VersionChange& change,
                       const std::string& instance);
// `warmup_s`: the run's warm-up.
Json SteadinessJson(const Steadiness& steadiness, double warmup_s);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_SHOWN_INTERVAL_H_
