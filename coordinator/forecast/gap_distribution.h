// Distribution functions of the laws of gaps, to test schedules with. In
// double precision of libm and Boost: unlike gaps, they need not be the same
// bits on every machine.
//
// A plain value. Thread-safe.
#ifndef INVOCATOR_COORDINATOR_FORECAST_GAP_DISTRIBUTION_H_
#define INVOCATOR_COORDINATOR_FORECAST_GAP_DISTRIBUTION_H_

#include "common/arrivals/arrival_spec.h"

namespace invocator {

class GapDistribution {
 public:
  // REQUIRES: HasRate(spec.kind)
  explicit GapDistribution(const ArrivalSpec& spec)
      : kind_(spec.kind), law_(spec.law) {}

  // Probability of a gap of at most `gap`, in calls: gaps have mean 1.
  double Cdf(double gap) const;

 private:
  ArrivalKind kind_;
  GapLaw law_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_GAP_DISTRIBUTION_H_
