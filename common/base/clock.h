// Clocks. Intervals are measured with the steady clock; the wall clock serves
// signatures, file names and headings only. The two are different types, so
// that one cannot be taken for the other.
#ifndef INVOCATOR_COMMON_BASE_CLOCK_H_
#define INVOCATOR_COMMON_BASE_CLOCK_H_

#include <time.h>

#include <cstdint>

namespace invocator {

// Nanoseconds of CLOCK_MONOTONIC; meaningful on one machine only.
class SteadyClock {
 public:
  virtual ~SteadyClock() = default;
  virtual int64_t NowNs() const = 0;
};

// Seconds since 1970, UTC.
class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual int64_t NowUnixS() const = 0;
};

class SystemSteadyClock final : public SteadyClock {
 public:
  int64_t NowNs() const override {
    timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
  }
};

// May lag by a kernel tick (some milliseconds). It is read for every signed
// invocation, and time(2), which does not read the hardware's counter, costs a
// sixth of clock_gettime(2) (tests/bench/clock_bench.cc).
class SystemWallClock final : public WallClock {
 public:
  int64_t NowUnixS() const override { return time(nullptr); }
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_CLOCK_H_
