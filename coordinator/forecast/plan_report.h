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
#include "coordinator/forecast/rate_chart.h"
#include "coordinator/memory/memory_size.h"

namespace invocator {

// Lines about a run's effects beside its calls, and the calls' destinations.
using PlanEffects = std::vector<std::string>;

struct PlanPricing {
  PriceTable prices;
  MemorySizeOption memory;
};

// Of `invocator plan`.
struct PlanReportOptions {
  size_t workers = 1;  // > 0
  size_t threads = 1;  // > 0
  PlanPricing pricing;
  PlanEffects effects;
  ChartBars bars = ChartBars::kAscii;
};

// Prints per instance: count, expected count (the integral of the rate, given
// the states of bursts, plus spikes; without a rate, the count), first and last
// time, mean rate (over its activity window; a list's over the test), peak rate
// (in 1 s bins) and workers. Then a chart of rates that are not constant
// (rate_chart.h). Per worker: count and the load of its busiest engine. Then
// totals, the schedule digest, the effects, and, if an AWS price applies, the
// cost with each memory size. Returns warnings (preflight.h), one sentence
// each.
std::vector<std::string> PrintPlan(const Plan& plan,
                                   const PlanReportOptions& options,
                                   std::ostream& out);

// CSV of every invocation, sorted by time, then instance (in the plan's order),
// then sequence. Ends early when the stream fails. Returns the count of each
// instance. REQUIRES: workers > 0
std::vector<uint64_t> PrintEvents(const Plan& plan, size_t workers,
                                  std::ostream& out);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_PLAN_REPORT_H_
