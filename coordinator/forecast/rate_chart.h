// Draws the planned rate of each instance over time, a line of bars each. Pure.
#ifndef INVOCATOR_COORDINATOR_FORECAST_RATE_CHART_H_
#define INVOCATOR_COORDINATOR_FORECAST_RATE_CHART_H_

#include <string>

#include "common/plan/plan.h"
#include "coordinator/books/census.h"

namespace invocator {

enum class ChartBars { kBlocks, kAscii };

// Lines for the kMostChartLines instances with the most calls, in the plan's
// order, then a time axis: up to 60 columns of equal time. Heights are rates,
// from 0 to the instance's highest column; the number on the right is its peak
// in any second. No calls: a blank.
//
// Empty if there is nothing to see: no calls, or only constant rates of Poisson
// or Uniform arrivals over the whole test.
std::string RateChart(const Plan& plan, const Census& census, ChartBars bars);

inline constexpr size_t kMostChartLines = 12;

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_RATE_CHART_H_
