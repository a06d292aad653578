// Text that explains failed calls to people. Pure.
//
// Text from servers is cut, put on one line and freed of control characters.
#ifndef INVOCATOR_COORDINATOR_REPORT_FAILURE_TEXT_H_
#define INVOCATOR_COORDINATOR_REPORT_FAILURE_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "coordinator/report/run_report.h"

namespace invocator {

// Advice about such a failure: a phrase without a period.
std::string FailureHint(const FailureReport& failure);

// One paragraph per reason, with the first call of the run and those of a few
// further instances; empty without failures.
std::string FailureText(const RunReport& report);

// Message in a body: the one in AWS's JSON, else the whole body.
std::string MessageOf(absl::string_view body);

// The canonical request that AWS quotes when a signature does not match; empty
// if `message` quotes none.
std::string QuotedCanonicalRequest(absl::string_view message);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_FAILURE_TEXT_H_
