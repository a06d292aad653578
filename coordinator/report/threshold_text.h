// Formats judged thresholds for reports. Pure.
#ifndef INVOCATOR_COORDINATOR_REPORT_THRESHOLD_TEXT_H_
#define INVOCATOR_COORDINATOR_REPORT_THRESHOLD_TEXT_H_

#include <string>
#include <vector>

#include "coordinator/books/judgement.h"

namespace invocator {

// The value: "212 ms", "99.87 %", "13", "102/s"; empty without data. Has enough
// digits to lie on the same side of the limit as the value, and equals the
// limit only if the value does: the printed numbers compare as the exact ones.
std::string ValueText(const ThresholdResult& result);

// The value, its 95 % interval if that is known, and the calls behind it:
// "212 ms (198..241 ms, 30000 calls)", "99.87 % (99.81..99.92 %, 29961 of
// 30000)"; without data the reason: "no calls".
std::string MeasuredText(const ThresholdResult& result);

// REQUIRES: the threshold ended the run
std::string AbortText(const ThresholdResult& result);

// The instance, as one clean line, or "run".
std::string ScopeText(const ThresholdResult& result);

// "2 of 3 met"
std::string MetText(const std::vector<ThresholdResult>& results);

// Failing results, then the others; the first `most` of them.
std::vector<const ThresholdResult*> FailingFirst(
    const std::vector<ThresholdResult>& results, size_t most);

// Lines of the text report; empty without thresholds.
std::string ThresholdLines(const std::vector<ThresholdResult>& results);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_THRESHOLD_TEXT_H_
