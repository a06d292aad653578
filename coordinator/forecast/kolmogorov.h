// Kolmogorov-Smirnov test of one sample, each of whose values is known within a
// tolerance. Pure.
#ifndef INVOCATOR_COORDINATOR_FORECAST_KOLMOGOROV_H_
#define INVOCATOR_COORDINATOR_FORECAST_KOLMOGOROV_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

namespace invocator {

// Values between low[i] and high[i], in any order. low.size() == high.size().
struct ToleratedSample {
  std::vector<double> low;
  std::vector<double> high;
};

// The largest distance between the sample's distribution function and `cdf`,
// with the values at each x chosen within their tolerances to be closest:
// max over x of max(#(high <= x) / n - F(x), F(x) - #(low < x) / n), at least
// 0. Without tolerances it is the KS statistic D. `cdf`: continuous from the
// right; it may have steps. REQUIRES: the sample is not empty
double KolmogorovDistance(ToleratedSample sample,
                          absl::FunctionRef<double(double)> cdf);

// Probability of such a distance or a larger one among `count` independent
// values of the law: Kolmogorov's asymptotic law at (sqrt(n) + 0.12 +
// 0.11 / sqrt(n)) D (Stephens, J. R. Statist. Soc. B 1970). For laws with steps
// it is an upper bound. REQUIRES: count > 0
double KolmogorovPValue(double distance, uint64_t count);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_KOLMOGOROV_H_
