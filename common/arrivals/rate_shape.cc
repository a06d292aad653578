#include "common/arrivals/rate_shape.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/arrivals/portable_exp.h"

namespace invocator {
namespace {

constexpr int kSineSegments = 360;

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

std::string PointText(const RatePoint& point) {
  return absl::StrFormat("[%.15g, %.15g]", point.at_s, point.per_s);
}

// Calls of [0, until_s), by the points alone: the last one's rate holds.
double CallsOfPoints(const std::vector<RatePoint>& points, double until_s) {
  double calls = 0;
  for (size_t i = 0; i < points.size() && points[i].at_s < until_s; ++i) {
    const RatePoint& from = points[i];
    if (i + 1 == points.size()) {
      calls += from.per_s * (until_s - from.at_s);
      break;
    }
    const RatePoint& to = points[i + 1];
    const double length_s = std::min(to.at_s, until_s) - from.at_s;
    const double rise_per_s = to.per_s - from.per_s;
    const double part = length_s / (to.at_s - from.at_s);
    if (length_s > 0) calls += (from.per_s + rise_per_s * part / 2) * length_s;
  }
  return calls;
}

}  // namespace

RateShape SineShape(const RateSine& sine) {
  RateShape shape;
  shape.points.clear();
  for (int j = 0; j <= kSineSegments; ++j) {
    const double part = static_cast<double>(j) / kSineSegments;
    const double per_s =
        sine.mean_per_s +
        sine.amplitude_per_s * PortableSineOfTurns(part + sine.phase);
    // The product first: whole seconds are whole then.
    const double at_s =
        j < kSineSegments ? sine.period_s * j / kSineSegments : sine.period_s;
    shape.points.push_back({at_s, std::max(per_s, 0.0)});
  }
  shape.every_s = sine.period_s;
  return shape;
}

double MeanPerS(const RateShape& shape, double duration_s) {
  if (shape.is_constant()) return shape.first_per_s();
  if (shape.every_s == 0) {
    return CallsOfPoints(shape.points, duration_s) / duration_s;
  }
  const double periods = std::floor(duration_s / shape.every_s);
  const double calls =
      periods * CallsOfPoints(shape.points, shape.every_s) +
      CallsOfPoints(shape.points, duration_s - periods * shape.every_s);
  return calls / duration_s;
}

RateShape Scaled(RateShape shape, double factor) {
  for (RatePoint& point : shape.points) point.per_s *= factor;
  return shape;
}

absl::Status CheckRateShape(const RateShape& shape) {
  const std::vector<RatePoint>& points = shape.points;
  if (points.empty() || points.size() > kMaxRatePoints) {
    return Invalid("expected 1 .. ", kMaxRatePoints, " points, found ",
                   points.size());
  }
  if (points.front().at_s != 0) {
    return Invalid("expected the first point at second 0, found ",
                   PointText(points.front()));
  }
  for (size_t i = 0; i < points.size(); ++i) {
    const RatePoint& point = points[i];
    if (!(point.per_s >= 0 && point.per_s <= kMaxRatePerS)) {
      return Invalid("expected a rate from 0 to ", kMaxRatePerS, ", found ",
                     PointText(point), " at index ", i);
    }
    // NaN is in no order.
    if (i > 0 && !(point.at_s >= points[i - 1].at_s)) {
      return Invalid("expected points in order of time, found ",
                     PointText(point), " at index ", i, " after ",
                     PointText(points[i - 1]));
    }
    if (point.at_s > kMaxRateSecond) {
      return Invalid("expected seconds up to ", kMaxRateSecond, ", found ",
                     PointText(point), " at index ", i);
    }
    if (i > 1 && point.at_s == points[i - 2].at_s) {
      return Invalid("expected at most two points at one second, found ",
                     PointText(point), " at index ", i);
    }
  }
  if (shape.every_s == 0) return absl::OkStatus();
  if (!(shape.every_s >= kMinRatePeriodS && shape.every_s <= kMaxRateSecond)) {
    return Invalid("expected a period from ", kMinRatePeriodS, " to ",
                   kMaxRateSecond, " s, found ", shape.every_s);
  }
  if (points.back().at_s > shape.every_s) {
    return Invalid("expected points within the period of ", shape.every_s,
                   " s, found ", PointText(points.back()));
  }
  return absl::OkStatus();
}

}  // namespace invocator
