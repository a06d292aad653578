// Rate of an arrival process as a function of time: straight lines between
// points, once or repeated.
//
// Plain values. Units: seconds since the run's start, calls per second.
#ifndef INVOCATOR_COMMON_ARRIVALS_RATE_SHAPE_H_
#define INVOCATOR_COMMON_ARRIVALS_RATE_SHAPE_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"

namespace invocator {

// Limits of a valid shape.
inline constexpr double kMaxRatePerS = 10'000'000;
inline constexpr size_t kMaxRatePoints = 100'000;
// Shortest period, and shortest mean stay of bursts: bounds the segments that a
// stream walks through.
inline constexpr double kMinRatePeriodS = 0.001;
// Latest second of a point, and longest period: 30 years.
inline constexpr double kMaxRateSecond = 1e9;

struct RatePoint {
  double at_s = 0;
  double per_s = 0;

  friend bool operator==(const RatePoint&, const RatePoint&) = default;
};

struct RateShape {
  RateShape() = default;
  // A constant rate. Not explicit: a number is the simplest shape.
  RateShape(double per_s) : points{{0, per_s}} {}  // NOLINT

  // In order of time, the first at 0. Two points at one instant are a jump; the
  // rate at it is the second's. The last point's rate holds to the end.
  std::vector<RatePoint> points = {{0, 0}};
  // Period with which the points repeat; 0: they do not.
  double every_s = 0;

  bool is_constant() const { return points.size() == 1; }
  // The rate at second 0, which is the rate if it is constant.
  double first_per_s() const { return points.front().per_s; }

  friend bool operator==(const RateShape&, const RateShape&) = default;
};

struct RateSine {
  double mean_per_s = 0;
  double amplitude_per_s = 0;  // at most the mean
  double period_s = 0;
  double phase = 0;  // fraction of a period by which the sine is ahead
};

// mean + amplitude * sin(2 pi (t / period + phase)) as 360 straight lines a
// period: off by at most 3.9e-5 of the amplitude. The same on every machine.
RateShape SineShape(const RateSine& sine);

// Mean of the rate over the first `duration_s` seconds, in time proportional to
// the points, however often they repeat. REQUIRES: a valid shape, a positive
// duration
double MeanPerS(const RateShape& shape, double duration_s);

// The shape times `factor`. REQUIRES: 0 <= factor <= 1
RateShape Scaled(RateShape shape, double factor);

// INVALID_ARGUMENT, with the point and the expected form, for a shape outside
// the limits above. A shape that passes can be walked.
absl::Status CheckRateShape(const RateShape& shape);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_RATE_SHAPE_H_
