// Planned and expected invocations of every second, as CSV: the output of
// `invocator plan --csv`.
#ifndef INVOCATOR_COORDINATOR_FORECAST_PLAN_SECONDS_H_
#define INVOCATOR_COORDINATOR_FORECAST_PLAN_SECONDS_H_

#include <cstdint>
#include <ostream>
#include <vector>

#include "common/plan/plan.h"

namespace invocator {

// Writes second,instance,planned,expected: a row for every second of the test
// and instance, by second, then in the plan's order. Expected is the integral
// of the rate over that second, within the activity window, plus the calls of
// spikes; for lists, counts and timestamps it equals planned. A list that ends
// exactly on the test's end adds the second that begins there.
//
// Ends early when the stream fails. Returns the count of each instance. Pure
// but for the stream; memory in proportion to the instances.
std::vector<uint64_t> PrintSeconds(const Plan& plan, std::ostream& out);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_PLAN_SECONDS_H_
