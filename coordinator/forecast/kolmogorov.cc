#include "coordinator/forecast/kolmogorov.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace invocator {

// Both suprema are at data: between two of them the count stays and F grows.
double KolmogorovDistance(ToleratedSample sample,
                          absl::FunctionRef<double(double)> cdf) {
  std::sort(sample.low.begin(), sample.low.end());
  std::sort(sample.high.begin(), sample.high.end());
  const auto n = static_cast<double>(sample.low.size());
  double distance = 0;
  for (size_t i = 0; i < sample.low.size(); ++i) {
    const double below = static_cast<double>(i) / n;
    const double up_to = static_cast<double>(i + 1) / n;
    distance = std::max(
        {distance, up_to - cdf(sample.high[i]), cdf(sample.low[i]) - below});
  }
  return distance;
}

double KolmogorovPValue(double distance, uint64_t count) {
  const double root = std::sqrt(static_cast<double>(count));
  const double x = (root + 0.12 + 0.11 / root) * distance;
  double p = 0;
  // Two series of one function: each needs a few terms on its side.
  if (x < 1) {
    if (x < 0.05) return 1;  // beyond that the exponent is -490
    const double exponent = -std::numbers::pi * std::numbers::pi / (8 * x * x);
    double sum = 0;
    for (int k = 1; k <= 9; k += 2) sum += std::exp(exponent * k * k);
    p = 1 - std::sqrt(2 * std::numbers::pi) / x * sum;
  } else {
    for (int k = 1; k <= 5; ++k) {
      const double term = std::exp(-2 * x * x * k * k);
      p += k % 2 == 1 ? 2 * term : -2 * term;
    }
  }
  return std::clamp(p, 0.0, 1.0);
}

}  // namespace invocator
