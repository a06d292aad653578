// Output of `invocator plan --check`: tests each instance's schedule against
// its specification (schedule_check.h).
#ifndef INVOCATOR_COORDINATOR_FORECAST_CHECK_REPORT_H_
#define INVOCATOR_COORDINATOR_FORECAST_CHECK_REPORT_H_

#include <ostream>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "coordinator/forecast/schedule_check.h"

namespace invocator {

// By instance. Takes time in proportion to the invocations.
std::vector<ScheduleCheck> CheckSchedules(const Plan& plan);

// Prints a row for each instance, then the meaning of the columns. Returns a
// warning for each instance whose schedule is unlikely. `checks`: by instance.
// Pure but for the stream.
std::vector<std::string> PrintChecks(const Plan& plan,
                                     const std::vector<ScheduleCheck>& checks,
                                     std::ostream& out);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_CHECK_REPORT_H_
