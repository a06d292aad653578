#include "coordinator/forecast/gap_distribution.h"

#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

namespace invocator {
namespace {

// Regularized lower incomplete gamma function P(shape, x), without exceptions.
double GammaP(double shape, double x) {
  namespace policies = boost::math::policies;
  using NoThrow =
      policies::policy<policies::domain_error<policies::ignore_error>,
                       policies::pole_error<policies::ignore_error>,
                       policies::overflow_error<policies::ignore_error>,
                       policies::underflow_error<policies::ignore_error>,
                       policies::denorm_error<policies::ignore_error>,
                       policies::evaluation_error<policies::ignore_error>,
                       policies::rounding_error<policies::ignore_error>,
                       policies::promote_double<false>>;
  return boost::math::gamma_p(shape, x, NoThrow());
}

}  // namespace

double GapDistribution::Cdf(double gap) const {
  if (kind_ == ArrivalKind::kUniform) return gap >= 1 ? 1 : 0;
  if (!(gap > 0)) return 0;
  switch (kind_) {
    case ArrivalKind::kGamma:
      return GammaP(law_.shape, gap * law_.shape);
    case ArrivalKind::kWeibull:
      return -std::expm1(-std::pow(gap / law_.scale, law_.shape));
    case ArrivalKind::kLognormal: {
      const double sigma = law_.shape;
      const double z = (std::log(gap) + 0.5 * sigma * sigma) / sigma;
      return 0.5 * std::erfc(-z / std::numbers::sqrt2);
    }
    case ArrivalKind::kPareto: {
      const double minimum = (law_.shape - 1) / law_.shape;
      if (gap <= minimum) return 0;
      return -std::expm1(law_.shape * std::log(minimum / gap));
    }
    default:
      return -std::expm1(-gap);
  }
}

}  // namespace invocator
