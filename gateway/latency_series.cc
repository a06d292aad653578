#include "gateway/latency_series.h"

#include <cmath>

namespace invocator {

absl::Duration LatencySeries::Next(const LatencyModel& model,
                                   double correlation,
                                   std::mt19937_64& generator) {
  if (correlation == 0) return model.Sample(generator);
  const double fresh = StandardNormal(generator);
  score_ = score_ ? correlation * *score_ +
                        std::sqrt(1 - correlation * correlation) * fresh
                  : fresh;
  return model.AtScore(*score_);
}

}  // namespace invocator
