// Summary of a run for people, on stdout. Pure.
#ifndef INVOCATOR_COORDINATOR_REPORT_TEXT_REPORT_H_
#define INVOCATOR_COORDINATOR_REPORT_TEXT_REPORT_H_

#include <cstdint>
#include <string>

#include "coordinator/report/run_report.h"

namespace invocator {

std::string TextReport(const RunReport& report);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_TEXT_REPORT_H_
