// Words for judged thresholds. Pure.
#ifndef INVOCATOR_COORDINATOR_REPORT_THRESHOLD_TEXT_H_
#define INVOCATOR_COORDINATOR_REPORT_THRESHOLD_TEXT_H_

#include <string>
#include <vector>

#include "coordinator/books/judgement.h"

namespace invocator {

// The value: "212 ms", "99.87 %", "13", "102/s"; empty without data. It is
// printed with as many digits as it takes to lie on the value's side of the
// limit, and on the limit only if the value does: who compares the printed
// numbers gets the same judgement.
std::string ValueText(const ThresholdResult& result);

// The value and the calls behind it: "212 ms (30000 calls)", "99.87 % (29961 of
// 30000)", or why there is none: "no calls".
std::string MeasuredText(const ThresholdResult& result);

// REQUIRES: the threshold ended the run
std::string AbortText(const ThresholdResult& result);

// The instance, as one clean line, or "run".
std::string ScopeText(const ThresholdResult& result);

// "2 of 3 met"
std::string MetText(const std::vector<ThresholdResult>& results);

// Those that fail, then the others, at most the first `most`.
std::vector<const ThresholdResult*> FailingFirst(
    const std::vector<ThresholdResult>& results, size_t most);

// Lines of the text report; none without thresholds.
std::string ThresholdLines(const std::vector<ThresholdResult>& results);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_THRESHOLD_TEXT_H_
