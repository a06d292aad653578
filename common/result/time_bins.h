// Divides a run's time into bins of equal width. The width depends only on the
// plan's duration: 0.1 s below 30 s, 1 s up to 20 min, then the smallest width
// of a list that gives at most 1,200 bins.
//
// Workers count by tick: 0.1 s below 30 s, else 1 s. A bin is a whole number of
// ticks.
//
// Units: nanoseconds since the run's start. A plain value.
#ifndef INVOCATOR_COMMON_RESULT_TIME_BINS_H_
#define INVOCATOR_COMMON_RESULT_TIME_BINS_H_

#include <algorithm>
#include <cstdint>

namespace invocator {

class TimeBins {
 public:
  // Bins after the plan's end; the last one also counts everything later.
  static constexpr uint32_t kBeyond = 600;

  // REQUIRES: 0 < duration_s <= kMaxDurationS
  explicit TimeBins(double duration_s);

  int64_t width_ns() const { return tick_ns_ * ticks_per_bin_; }
  double width_s() const { return static_cast<double>(width_ns()) / 1e9; }
  int64_t tick_ns() const { return tick_ns_; }
  // Bins up to the plan's end, and all bins.
  uint32_t planned() const { return planned_; }
  uint32_t count() const { return planned_ + kBeyond; }
  uint32_t ticks() const { return count() * ticks_per_bin_; }

  // The tick of an instant.
  uint32_t TickOf(int64_t instant_ns) const {
    return static_cast<uint32_t>(
        std::clamp<int64_t>(instant_ns / tick_ns_, 0, ticks() - 1));
  }
  // The beginning of a tick.
  int64_t TickStartNs(uint32_t tick) const { return tick * tick_ns_; }
  // The bin of a tick. REQUIRES: tick < ticks()
  uint32_t BinOf(uint32_t tick) const { return tick / ticks_per_bin_; }
  double StartS(uint32_t bin) const { return width_s() * bin; }

 private:
  int64_t tick_ns_;
  uint32_t ticks_per_bin_;
  uint32_t planned_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_TIME_BINS_H_
