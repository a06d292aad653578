// Output of `invocator plan`. Pure but for the stream it writes to; memory in
// proportion to the instances, not to the invocations.
#ifndef INVOCATOR_COORDINATOR_FORECAST_PLAN_REPORT_H_
#define INVOCATOR_COORDINATOR_FORECAST_PLAN_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "coordinator/cost/price_table.h"
#include "coordinator/memory/memory_size.h"

namespace invocator {

// Lines about a run's effects beside its calls, and the calls' destinations.
using PlanEffects = std::vector<std::string>;

struct PlanPricing {
  PriceTable prices;
  MemorySizeOption memory;
};

// Prints per instance: count, first and last time, mean rate (over its activity
// window; a list's over the test), peak rate (in 1 s bins) and workers. Per
// worker: count and the load of its busiest engine. Then totals, the schedule
// digest, the effects, and, if an AWS price applies, the cost with each memory
// size. Returns warnings (preflight.h), one sentence each.
// REQUIRES: workers > 0, threads > 0
std::vector<std::string> PrintPlan(const Plan& plan, size_t workers,
                                   size_t threads, const PlanPricing& pricing,
                                   const PlanEffects& effects,
                                   std::ostream& out);

// CSV of every invocation, sorted by time, then instance (in the plan's order),
// then sequence. Ends early when the stream fails. Returns the count of each
// instance. REQUIRES: workers > 0
std::vector<uint64_t> PrintEvents(const Plan& plan, size_t workers,
                                  std::ostream& out);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_PLAN_REPORT_H_
