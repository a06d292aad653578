#include "coordinator/statistics/share_interval.h"

#include <vector>

#include "coordinator/statistics/bin_noise.h"
#include "coordinator/statistics/distributions.h"

namespace invocator {

Interval ShareInterval(absl::Span<const ShareBin> bins, double confidence) {
  std::vector<double> hits;
  std::vector<double> calls;
  double all_hits = 0;
  double n = 0;
  for (const ShareBin& bin : bins) {
    hits.push_back(static_cast<double>(bin.hits));
    calls.push_back(static_cast<double>(bin.calls));
    all_hits += hits.back();
    n += calls.back();
  }
  Interval interval;
  const BinNoise noise = MeasureBinNoise(ResidualsOf(hits, calls), calls);
  interval.bins = noise.bins;
  interval.unknown = noise.unknown;
  if (n > 0) interval.estimate = all_hits / n;
  if (noise.unknown != Unknown::kNothing) return interval;

  const double share = interval.estimate;
  const Inflation inflation =
      InflationOf(noise, n * share * (1 - share), confidence);
  interval.effective_n = n / inflation.variance;
  const double worth = n / inflation.Both();
  const ShareBounds bounds =
      BoundShare(share * worth, worth, (1 - confidence) / 2);
  interval.low = bounds.low;
  interval.high = bounds.high;
  return interval;
}

}  // namespace invocator
