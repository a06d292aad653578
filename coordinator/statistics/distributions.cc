#include "coordinator/statistics/distributions.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

namespace invocator {
namespace {

namespace math = boost::math;
namespace policies = boost::math::policies;

using NoThrow = policies::policy<
    policies::domain_error<policies::ignore_error>,
    policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>,
    policies::rounding_error<policies::ignore_error>,
    policies::indeterminate_result_error<policies::ignore_error>,
    policies::promote_double<false>>;

// Above this variance of the binomial law, the normal law has the same bounds
// within a few ranks of many thousands, and the incomplete beta function loses
// digits.
constexpr double kNormalVariance = 1e8;

// P(X >= rank) for X binomial(calls, ratio). REQUIRES: 0 < rank <= calls
double AtLeast(double rank, double calls, double ratio) {
  return math::ibeta(rank, calls - rank + 1, ratio, NoThrow());
}

// P(X < rank)
double Below(double rank, double calls, double ratio) {
  return math::ibetac(rank, calls - rank + 1, ratio, NoThrow());
}

// The x in [from, to] where a monotone predicate turns from false to true.
template <typename Predicate>
double Turn(double from, double to, Predicate is_beyond) {
  for (int i = 0; i < 100 && to - from > 1e-9 * to; ++i) {
    const double middle = from + (to - from) / 2;
    (is_beyond(middle) ? to : from) = middle;
  }
  return to;
}

}  // namespace

double NormalCut(double tail) {
  return math::quantile(
      math::complement(math::normal_distribution<double, NoThrow>(), tail));
}

double StudentCut(double tail, double degrees) {
  return math::quantile(math::complement(
      math::students_t_distribution<double, NoThrow>(degrees), tail));
}

RankBounds BoundRanks(double calls, double ratio, double tail) {
  RankBounds bounds;
  const double mean = calls * ratio;
  const double variance = mean * (1 - ratio);
  if (variance > kNormalVariance) {
    const double reach = NormalCut(tail) * std::sqrt(variance);
    bounds.low = std::max(mean - reach, 1.0);
    bounds.high = std::min(mean + reach + 1, calls);
    return bounds;
  }
  if (calls < 1) return bounds;
  if (Below(1, calls, ratio) <= tail) {
    bounds.low = Turn(1, std::min(mean + 1, calls), [&](double rank) {
      return Below(rank, calls, ratio) > tail;
    });
  }
  if (AtLeast(calls, calls, ratio) <= tail) {
    bounds.high = Turn(std::min(mean, calls), calls, [&](double rank) {
      return AtLeast(rank, calls, ratio) <= tail;
    });
  }
  return bounds;
}

double FewestCallsForRanks(double ratio, double tail) {
  // (1 - ratio)^n <= tail and ratio^n <= tail
  return std::log(tail) / std::log(std::max(ratio, 1 - ratio));
}

ShareBounds BoundShare(double hits, double calls, double tail) {
  const double misses = calls - hits;
  const double variance = hits / calls * misses;
  if (variance > kNormalVariance) {
    const double reach = NormalCut(tail) * std::sqrt(variance);
    return {(hits - reach) / calls, (hits + reach) / calls};
  }
  ShareBounds bounds;
  if (hits > 0) {
    bounds.low = math::ibeta_inv(hits, misses + 1, tail, NoThrow());
  }
  if (misses > 0) {
    bounds.high = math::ibetac_inv(hits + 1, misses, tail, NoThrow());
  }
  return bounds;
}

}  // namespace invocator
