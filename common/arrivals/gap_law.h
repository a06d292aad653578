// Law of the gaps of an arrival process: a distribution on [0, inf) with mean
// 1, resolved to parameters from which gaps are drawn without libm.
//
// Plain values.
#ifndef INVOCATOR_COMMON_ARRIVALS_GAP_LAW_H_
#define INVOCATOR_COMMON_ARRIVALS_GAP_LAW_H_

namespace invocator {

// Limits of a valid law. cv: standard deviation over mean.
inline constexpr double kMinGapCv = 0.01;
inline constexpr double kMaxGapCv = 30;
// Above 1, where the mean is finite.
inline constexpr double kMinParetoAlpha = 1.001;
inline constexpr double kMaxParetoAlpha = 1000;

struct GapLaw {
  // The parameter in the workload: cv, or alpha for Pareto. Does not travel.
  double parameter = 0;
  // Gamma: its shape, with scale 1 / shape. Weibull: shape and scale.
  // Lognormal: the sigma of the normal. Pareto (type I): alpha, with minimum
  // (alpha - 1) / alpha. Others: unused.
  double shape = 0;
  double scale = 0;

  friend bool operator==(const GapLaw&, const GapLaw&) = default;
};

// Laws with that coefficient of variation. The same bits on every machine.
// REQUIRES: kMinGapCv <= cv <= kMaxGapCv
GapLaw GammaGaps(double cv);
GapLaw WeibullGaps(double cv);
GapLaw LognormalGaps(double cv);
// REQUIRES: kMinParetoAlpha <= alpha <= kMaxParetoAlpha
GapLaw ParetoGaps(double alpha);

// Range of shapes that WeibullGaps searches, and the scale with which gaps of a
// shape have mean 1.
inline constexpr double kMinWeibullShape = 0.1;
inline constexpr double kMaxWeibullShape = 200;
double WeibullScale(double shape);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_GAP_LAW_H_
