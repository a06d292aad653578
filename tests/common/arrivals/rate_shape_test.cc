#include "common/arrivals/rate_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace invocator {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

RateShape Points(std::vector<RatePoint> points, double every_s = 0) {
  RateShape shape;
  shape.points = std::move(points);
  shape.every_s = every_s;
  return shape;
}

TEST(RateShapeTest, ANumberIsOnePoint) {
  const RateShape shape = 2.5;
  EXPECT_TRUE(shape.is_constant());
  EXPECT_EQ(shape.first_per_s(), 2.5);
  EXPECT_EQ(shape, Points({{0, 2.5}}));
}

TEST(CheckRateShapeTest, ShapesAtTheLimitsAreValid) {
  std::vector<RatePoint> many;
  for (size_t i = 0; i < kMaxRatePoints; ++i) {
    many.push_back({static_cast<double>(i) * 0.001, 1});
  }
  for (const RateShape& shape :
       {RateShape(), RateShape(kMaxRatePerS), Points({{0, 0}, {0, 1}}),
        Points({{0, 10}, {60, 100}, {60, 20}, {300, 20}}),
        Points({{0, 1}, {kMaxRateSecond, 1}}, kMaxRateSecond),
        Points({{0, 1}, {0.001, 2}}, kMinRatePeriodS), Points({{-0.0, 1}}),
        Points({{0, 1}, {5, 2}, {5, 0}}, 5), Points(many, 100)}) {
    EXPECT_EQ(CheckRateShape(shape), absl::OkStatus());
  }
}

TEST(CheckRateShapeTest, OthersAreRefusedWithTheirPoint) {
  const struct {
    RateShape shape;
    std::string says;
  } kRows[] = {
      {Points({}), "expected 1 .. 100000 points, found 0"},
      {Points(std::vector<RatePoint>(kMaxRatePoints + 1)),
       "expected 1 .. 100000 points, found 100001"},
      {Points({{1, 2}}), "expected the first point at second 0, found [1, 2]"},
      {Points({{kNan, 2}}), "at second 0, found [nan, 2]"},
      {Points({{-1, 2}, {0, 3}}), "at second 0, found [-1, 2]"},
      {RateShape(-1e-9), "expected a rate from 0 to 1e+07, found [0, -1e-09]"},
      {RateShape(kMaxRatePerS + 1), "found [0, 10000001] at index 0"},
      {RateShape(kNan), "found [0, nan]"},
      {RateShape(kInfinity), "found [0, inf]"},
      {Points({{0, 1}, {5, kNan}}), "found [5, nan] at index 1"},
      {Points({{0, 1}, {5, 1}, {4, 1}}),
       "expected points in order of time, found [4, 1] at index 2 after "
       "[5, 1]"},
      {Points({{0, 1}, {kNan, 1}}), "in order of time, found [nan, 1]"},
      {Points({{0, 1}, {-kInfinity, 1}}), "in order of time, found [-inf, 1]"},
      {Points({{0, 1}, {kInfinity, 1}}),
       "expected seconds up to 1e+09, found [inf, 1] at index 1"},
      {Points({{0, 1}, {0, 2}, {0, 3}}),
       "expected at most two points at one second, found [0, 3] at index 2"},
      {Points({{0, 1}, {1, 1}, {1, 2}, {1, 3}}), "found [1, 3] at index 3"},
      {Points({{0, 1}}, -1), "expected a period from 0.001 to 1e+09 s"},
      {Points({{0, 1}}, 0.0009), "found 0.0009"},
      {Points({{0, 1}}, kNan), "found nan"},
      {Points({{0, 1}}, kInfinity), "found inf"},
      {Points({{0, 1}, {61, 2}}, 60),
       "expected points within the period of 60 s, found [61, 2]"},
  };
  for (const auto& row : kRows) {
    const absl::Status status = CheckRateShape(row.shape);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << row.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.says));
  }
}

// numpy 1.24: 50 + 40*np.sin(2*np.pi*(np.arange(361)/360 + 0.25))
TEST(SineShapeTest, PointsAreNumpys) {
  const RateShape shape = SineShape({.mean_per_s = 50,
                                     .amplitude_per_s = 40,
                                     .period_s = 3600,
                                     .phase = 0.25});
  ASSERT_EQ(shape.points.size(), 361u);
  EXPECT_EQ(shape.every_s, 3600);
  EXPECT_EQ(CheckRateShape(shape), absl::OkStatus());
  const struct {
    size_t index;
    double per_s;
  } kRows[] = {{0, 90.0},
               {1, 89.99390780625565},
               {45, 78.2842712474619},
               {90, 50},
               {180, 10},
               {181, 10.00609219374435},
               {270, 50},
               {360, 90}};
  for (const auto& row : kRows) {
    EXPECT_NEAR(shape.points[row.index].per_s, row.per_s, 5e-14) << row.index;
  }
  for (size_t j = 0; j <= 360; ++j) {
    EXPECT_EQ(shape.points[j].at_s, 10.0 * static_cast<double>(j));
    const double turns = static_cast<double>(j) / 360 + 0.25;
    EXPECT_NEAR(shape.points[j].per_s,
                50 + 40 * std::sin(2 * std::numbers::pi * turns), 5e-14);
  }
}

TEST(SineShapeTest, LinesAreWithinTheStatedBound) {
  constexpr double kBound = 3.9e-5;
  const RateShape shape = SineShape(
      {.mean_per_s = 1, .amplitude_per_s = 1, .period_s = 1, .phase = 0.1});
  double worst = 0;
  for (size_t j = 0; j < 360; ++j) {
    const RatePoint& from = shape.points[j];
    const RatePoint& to = shape.points[j + 1];
    for (double part = 0.05; part < 1; part += 0.05) {
      const double at_s = from.at_s + (to.at_s - from.at_s) * part;
      const double line = from.per_s + (to.per_s - from.per_s) * part;
      const double sine = 1 + std::sin(2 * std::numbers::pi * (at_s + 0.1));
      worst = std::max(worst, std::abs(line - sine));
    }
  }
  EXPECT_LT(worst, kBound);
  EXPECT_GT(worst, kBound * 0.9) << "no worse than stated, no better either";
}

TEST(SineShapeTest, FullAmplitudeNeverFallsBelowZero) {
  for (const double phase : {0.0, 0.123, 0.5, 0.999, 1e6 + 0.3, -0.75}) {
    const RateShape shape = SineShape({.mean_per_s = 3,
                                       .amplitude_per_s = 3,
                                       .period_s = 0.001,
                                       .phase = phase});
    EXPECT_EQ(CheckRateShape(shape), absl::OkStatus()) << phase;
  }
}

// Fractions in Python: the areas of the triangles and rectangles.
TEST(MeanPerSTest, IsTheAreaOverTheTime) {
  const RateShape ramp = Points({{0, 10}, {60, 100}, {60, 20}, {300, 20}});
  EXPECT_EQ(MeanPerS(RateShape(7), 3), 7);
  EXPECT_NEAR(MeanPerS(ramp, 60), 55, 1e-13);
  EXPECT_NEAR(MeanPerS(ramp, 30), 32.5, 1e-13);
  EXPECT_NEAR(MeanPerS(ramp, 300), 27, 1e-13);
  EXPECT_NEAR(MeanPerS(ramp, 600), 23.5, 1e-13);
  const RateShape saw = Points({{0, 0}, {1, 10}}, 4);  // 35 calls a period
  EXPECT_NEAR(MeanPerS(saw, 4), 8.75, 1e-13);
  EXPECT_NEAR(MeanPerS(saw, 8), 8.75, 1e-13);
  EXPECT_NEAR(MeanPerS(saw, 0.5), 2.5, 1e-13);
  EXPECT_NEAR(MeanPerS(saw, 4'000'000.5) * 4'000'000.5, 35'000'001.25, 1e-6);
  EXPECT_EQ(MeanPerS(Points({{0, 0}, {5, 0}, {5, 3}}), 5), 0);
}

TEST(ScaledTest, MultipliesRatesAlone) {
  EXPECT_EQ(Scaled(Points({{0, 10}, {6, 2}}, 9), 0.5),
            Points({{0, 5}, {6, 1}}, 9));
}

}  // namespace
}  // namespace invocator
