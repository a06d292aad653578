#include "coordinator/precision/run_intervals.h"

#include "common/result/totals.h"
#include "coordinator/statistics/mean_interval.h"
#include "coordinator/statistics/quantile_interval.h"

namespace invocator {
namespace {

LatencyIntervals IntervalsIn(const LatencyBins& bins) {
  LatencyIntervals intervals;
  intervals.mean = MeanInterval(bins);
  for (size_t i = 0; i < kShownRatios.size(); ++i) {
    intervals.percentiles[i] = QuantileInterval(bins, kShownRatios[i]);
  }
  return intervals;
}

}  // namespace

RunIntervals IntervalsOf(MeasuredBins& bins, size_t instances) {
  const auto of_run = [&bins](Histogram Totals::*latency) {
    return IntervalsIn(*bins.Latency(latency, std::nullopt));
  };
  RunIntervals intervals;
  intervals.bins = bins.size();
  intervals.width_s = bins.width_s();
  intervals.lateness = of_run(&Totals::lateness);
  intervals.service = of_run(&Totals::service);
  intervals.response = of_run(&Totals::response);
  intervals.first_byte = of_run(&Totals::first_byte);
  intervals.steadiness = JudgeSteadiness(
      *bins.Latency(&Totals::response, std::nullopt), bins.width_s());
  for (size_t i = 0; i < instances; ++i) {
    const std::optional<size_t> lane = bins.LaneOf(i);
    intervals.response_of.emplace_back();
    if (!lane) continue;
    intervals.response_of.back() =
        IntervalsIn(*bins.Latency(&Totals::response, lane));
  }
  return intervals;
}

}  // namespace invocator
