// Keys and words of an instance's arrivals in a workload file. If you add one,
// add it to workload.schema.json, to the README's table and to
// arrival_writer.cc.
#ifndef INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_KEYS_H_
#define INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_KEYS_H_

#include "absl/strings/string_view.h"

namespace invocator {

// Distributions without a parameter, in the order of ArrivalKind.
inline constexpr absl::string_view kDistributions[] = {"Poisson", "Uniform"};
// Distributions with a parameter, likewise, from ArrivalKind::kGamma on.
inline constexpr absl::string_view kGapLaws[] = {"Gamma", "Weibull",
                                                 "Lognormal", "Pareto"};
inline constexpr absl::string_view kCvKeys[] = {"cv"};
inline constexpr absl::string_view kAlphaKeys[] = {"alpha"};

inline constexpr absl::string_view kArrivalRngs[] = {"independent",
                                                     "faasprofiler"};

// Members of a rate: repeated points, or a sine.
inline constexpr absl::string_view kPointsKeys[] = {"points",
                                                    "every_in_seconds"};
inline constexpr absl::string_view kSineKeys[] = {"mean", "amplitude",
                                                  "period_in_seconds", "phase"};
inline constexpr absl::string_view kBurstKeys[] = {"rate", "mean_on_in_seconds",
                                                   "mean_off_in_seconds"};
inline constexpr absl::string_view kMixKeys[] = {"rate", "zipf", "weights"};

// Members of "arrivals" with counts, and with timestamps.
inline constexpr absl::string_view kCountsKeys[] = {
    "counts", "column", "bin_in_seconds", "within_bin", "speed", "thin"};
inline constexpr absl::string_view kTimestampsKeys[] = {
    "timestamps", "column", "unit", "speed", "thin", "start_in_seconds"};
inline constexpr absl::string_view kWithinBin[] = {"random", "even"};
inline constexpr absl::string_view kTimeUnits[] = {"s", "ms", "us", "ns",
                                                   "iso8601"};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_KEYS_H_
