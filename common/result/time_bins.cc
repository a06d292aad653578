#include "common/result/time_bins.h"

#include <cmath>

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;
constexpr double kShortS = 30;
constexpr int64_t kMostBins = 1'200;
// Up to ten hours, which is enough for kMaxDurationS.
constexpr uint32_t kWidthsS[] = {1,   2,   5,     10,    30,    60,     120,
                                 300, 600, 1'800, 3'600, 7'200, 18'000, 36'000};

}  // namespace

TimeBins::TimeBins(double duration_s)
    : tick_ns_(duration_s < kShortS ? kNsPerS / 10 : kNsPerS),
      ticks_per_bin_(1) {
  const int64_t duration_ns = std::llround(duration_s * 1e9);
  const auto bins = [&] { return (duration_ns + width_ns() - 1) / width_ns(); };
  for (const uint32_t ticks : kWidthsS) {
    ticks_per_bin_ = ticks;
    if (bins() <= kMostBins) break;
  }
  planned_ = static_cast<uint32_t>(bins());
}

}  // namespace invocator
