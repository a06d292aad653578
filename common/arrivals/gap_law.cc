#include "common/arrivals/gap_law.h"

#include <cmath>

#include "common/arrivals/portable_exp.h"
#include "common/arrivals/portable_log.h"

namespace invocator {
namespace {

// ln Gamma(x) for x > 0, within some 1e-14: Stirling's series (Abramowitz and
// Stegun 6.1.41) for x + 16, and the recurrence back to x.
double PortableLogGamma(double x) {
  constexpr int kShift = 16;
  constexpr double kHalfLnTwoPi = 0.91893853320467274;
  double product = 1;
  for (int i = 0; i < kShift; ++i) product *= x + i;
  const double y = x + kShift;
  const double z = 1 / (y * y);
  const double series =
      (1. / 12 - z * (1. / 360 - z * (1. / 1260 - z * (1. / 1680)))) / y;
  return (y - 0.5) * PortableLog(y) - y + kHalfLnTwoPi + series -
         PortableLog(product);
}

// ln(1 + cv^2) of Weibull gaps with that shape; falls as the shape grows.
double WeibullSpread(double shape) {
  return PortableLogGamma(1 + 2 / shape) - 2 * PortableLogGamma(1 + 1 / shape);
}

}  // namespace

GapLaw GammaGaps(double cv) {
  return {.parameter = cv, .shape = 1 / (cv * cv), .scale = cv * cv};
}

GapLaw WeibullGaps(double cv) {
  const double spread = PortableLog(1 + cv * cv);
  // Bisects down to neighbouring doubles; cv 30 has shape 0.15, 0.01 has 127.
  double low = kMinWeibullShape;
  double high = kMaxWeibullShape;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (WeibullSpread(middle) > spread ? low : high) = middle;
  }
  return {.parameter = cv, .shape = high, .scale = WeibullScale(high)};
}

double WeibullScale(double shape) {
  return PortableExp(-PortableLogGamma(1 + 1 / shape));
}

GapLaw LognormalGaps(double cv) {
  return {.parameter = cv, .shape = std::sqrt(PortableLog(1 + cv * cv))};
}

GapLaw ParetoGaps(double alpha) { return {.parameter = alpha, .shape = alpha}; }

}  // namespace invocator
