// summary.json: a run's results for programs.
#ifndef INVOCATOR_COORDINATOR_REPORT_SUMMARY_H_
#define INVOCATOR_COORDINATOR_REPORT_SUMMARY_H_

#include <string>

#include "coordinator/json/json.h"
#include "coordinator/report/run_report.h"

namespace invocator {

// Increase it when a key changes its meaning or is removed, not for new keys.
inline constexpr int kSummarySchemaVersion = 1;

// Its object.
Json SummaryTree(const RunReport& report);

std::string SummaryJson(const RunReport& report);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_SUMMARY_H_
