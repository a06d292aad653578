#include "coordinator/trace/duration_map.h"

#include <cmath>

namespace invocator {

MappedFunction DurationMap::Next(std::optional<double> duration_ms) {
  std::optional<size_t> nearest;
  double least = 0;
  for (size_t i = 0; duration_ms && i < expected_ms_.size(); ++i) {
    if (!expected_ms_[i]) continue;
    const double distance =
        std::abs(std::log(*duration_ms) - std::log(*expected_ms_[i]));
    if (nearest && distance >= least) continue;
    nearest = i;
    least = distance;
  }
  if (nearest) return {*nearest, /*by_duration=*/true};
  return {turn_++ % expected_ms_.size(), /*by_duration=*/false};
}

}  // namespace invocator
