// Computes the curve of all percentiles of a histogram over a scale of nines.
// Pure.
#ifndef INVOCATOR_COORDINATOR_WEB_PERCENTILE_CURVE_H_
#define INVOCATOR_COORDINATOR_WEB_PERCENTILE_CURVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/result/histogram.h"

namespace invocator {

struct CurvePoint {
  double nines = 0;  // log10(1 / (1 - ratio)): 1 is p90, 2 is p99
  int64_t ns = 0;
};

// `points_per_nine`: the distance of points. The first one is the minimum, the
// last one is the maximum, one step after the last percentile that the number
// of calls can resolve. Points within a flat stretch are left out. Empty for an
// empty histogram.
std::vector<CurvePoint> PercentileCurve(const Histogram& histogram,
                                        int points_per_nine = 20);

// As JSON: [[nines, us], ...].
std::string CurveJson(const std::vector<CurvePoint>& curve);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_PERCENTILE_CURVE_H_
