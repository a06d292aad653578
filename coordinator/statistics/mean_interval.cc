#include "coordinator/statistics/mean_interval.h"

#include <algorithm>
#include <cmath>

#include "coordinator/statistics/bin_noise.h"
#include "coordinator/statistics/distributions.h"

namespace invocator {

Interval MeanInterval(const LatencyBins& bins, double confidence) {
  Interval interval;
  interval.estimate = bins.whole().MeanNs();
  const BinNoise noise =
      MeasureBinNoise(ResidualsOf(bins.sums_ns(), bins.calls()), bins.calls());
  interval.bins = noise.bins;
  interval.unknown = noise.unknown;
  if (noise.unknown != Unknown::kNothing) return interval;

  const auto n = static_cast<double>(bins.count());
  const double independent = n * bins.VarianceNs2();
  const Inflation inflation = InflationOf(noise, independent, confidence);
  interval.effective_n = n / inflation.variance;
  const double reach = NormalCut((1 - confidence) / 2) *
                       std::sqrt(independent * inflation.Both()) / n;
  interval.low = std::max(interval.estimate - reach, 0.0);
  interval.high = interval.estimate + reach;
  return interval;
}

}  // namespace invocator
