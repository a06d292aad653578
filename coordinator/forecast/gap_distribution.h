// Distribution functions of the laws of gaps, for tests of schedules. Computed
// by libm and Boost: unlike gaps, they may differ in bits between machines.
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
