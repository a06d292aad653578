// Explains failed calls to people. Pure.
//
// What servers said is shown on one line, without control characters, and not
// without end.
#ifndef INVOCATOR_COORDINATOR_REPORT_FAILURE_TEXT_H_
#define INVOCATOR_COORDINATOR_REPORT_FAILURE_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "coordinator/report/run_report.h"

namespace invocator {

// What to make of such an answer: a phrase without a period.
std::string FailureHint(const FailureReport& failure);

// A paragraph for each reason, with the first call of the run and those of a
// few further instances; empty without failures.
std::string FailureText(const RunReport& report);

// What a body says: the message of AWS's JSON, or all of it.
std::string MessageOf(absl::string_view body);

// The canonical request that AWS quotes in the message of a signature that does
// not match; empty if there is none.
std::string QuotedCanonicalRequest(absl::string_view message);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_FAILURE_TEXT_H_
