// Formats a run as JUnit XML, for GitLab and Jenkins: a test suite with a case
// for the schedule, one for the books and one for each threshold. Pure.
#ifndef INVOCATOR_COORDINATOR_REPORT_JUNIT_H_
#define INVOCATOR_COORDINATOR_REPORT_JUNIT_H_

#include <string>
#include <vector>

#include "coordinator/books/judgement.h"
#include "coordinator/report/run_report.h"

namespace invocator {

// Failures: a missed schedule, books that do not balance, a run that was not
// carried out, missed thresholds.
// Errors: thresholds without data. Skipped: those that may have none.
//
// Well-formed XML 1.0 for any report: names are cleaned
// (common/words/foreign_text.h), which replaces all that XML forbids. No two
// cases have the same class and name, since GitLab would count them once.
// `require_kept`: a marginal schedule is a failure, too.
std::string JUnitXml(const RunReport& report,
                     const std::vector<ThresholdResult>& results,
                     bool require_kept = false);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_JUNIT_H_
