// summary.json: the run for programs.
#ifndef INVOCATOR_COORDINATOR_REPORT_SUMMARY_H_
#define INVOCATOR_COORDINATOR_REPORT_SUMMARY_H_

#include <string>

#include "coordinator/report/run_report.h"

namespace invocator {

// Change it when a key changes its meaning or goes; new keys may come.
inline constexpr int kSummarySchemaVersion = 1;

std::string SummaryJson(const RunReport& report);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_SUMMARY_H_
