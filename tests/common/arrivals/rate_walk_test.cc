#include "common/arrivals/rate_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/gap_source.h"
#include "tests/support/sanitizers.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

constexpr double kNever = std::numeric_limits<double>::infinity();

ArrivalSpec Spec(RateShape rate, double duration_s) {
  ArrivalSpec spec;
  spec.stream = "instance1";
  spec.seed = 5;
  spec.rate = std::move(rate);
  spec.duration_s = spec.window_end_s = duration_s;
  return spec;
}

RateShape Points(std::vector<RatePoint> points, double every_s = 0) {
  RateShape shape;
  shape.points = std::move(points);
  shape.every_s = every_s;
  return shape;
}

// The integral of a shape straight from its definition, in numbers of 64 bits
// or more: whole periods, then the lines of the last by prefix sums.
class Oracle {
 public:
  explicit Oracle(const RateShape& shape) : shape_(shape) {
    const auto& points = shape.points;
    for (size_t i = 0; i + 1 < points.size(); ++i) {
      before_.push_back(
          before_.back() +
          (0.5L * points[i].per_s + 0.5L * points[i + 1].per_s) *
              (static_cast<long double>(points[i + 1].at_s) - points[i].at_s));
    }
  }

  long double Calls(long double at_s) const {
    if (shape_.every_s == 0) return InPeriod(at_s);
    const long double periods = std::floor(at_s / shape_.every_s);
    return periods * InPeriod(shape_.every_s) +
           InPeriod(at_s - periods * shape_.every_s);
  }
  double Rate(long double at_s) const {
    if (shape_.every_s > 0) at_s = std::fmod(at_s, 1.0L * shape_.every_s);
    return static_cast<double>(RateInPeriod(At(at_s), at_s));
  }

 private:
  size_t At(long double at_s) const {
    const auto& points = shape_.points;
    const auto after = std::upper_bound(
        points.begin(), points.end(), at_s,
        [](long double t, const RatePoint& point) { return t < point.at_s; });
    return static_cast<size_t>(after - points.begin()) - 1;
  }
  long double RateInPeriod(size_t i, long double at_s) const {
    const auto& points = shape_.points;
    if (i + 1 == points.size()) return points[i].per_s;
    const long double part =
        (at_s - points[i].at_s) /
        (static_cast<long double>(points[i + 1].at_s) - points[i].at_s);
    return points[i].per_s +
           (static_cast<long double>(points[i + 1].per_s) - points[i].per_s) *
               part;
  }
  long double InPeriod(long double at_s) const {
    const size_t i = At(at_s);
    const RatePoint& from = shape_.points[i];
    return before_[i] + (0.5L * from.per_s + 0.5L * RateInPeriod(i, at_s)) *
                            (at_s - from.at_s);
  }

  RateShape shape_;
  std::vector<long double> before_ = {0};
};

// Walks `calls` gaps; the integral at every instant must be the sum of the
// gaps, but for the instant's own rounding. Returns the last instant.
double ExpectWalksLikeOracle(const ArrivalSpec& spec, int calls,
                             double most_gap = 0) {
  const Oracle oracle(spec.rate);
  RateWalk walk(spec);
  StreamRng rng(9, "gaps");
  long double sum = 0;
  double last_s = 0;
  double worst = 0;
  for (int i = 0; i < calls; ++i) {
    const double gap =
        most_gap > 0 ? most_gap * rng.Uniform() : DrawExponential(rng);
    sum += gap;
    const double at_s = walk.Advance(gap);
    if (at_s == kNever) {
      EXPECT_GE(sum, oracle.Calls(spec.duration_s) - 1e-6L);
      break;
    }
    EXPECT_GE(at_s, last_s);
    last_s = at_s;
    const double ulp = std::nextafter(at_s, kNever) - at_s;
    const double rounding =
        2 * ulp *
        std::max({oracle.Rate(at_s), oracle.Rate(at_s - ulp),
                  oracle.Rate(at_s + ulp)});
    worst = std::max(
        worst,
        static_cast<double>(std::abs(oracle.Calls(at_s) - sum)) - rounding);
  }
  EXPECT_LT(worst, 1e-6);
  return last_s;
}

TEST(RateWalkTest, RampsJumpsAndSilencesEqualTheOracle) {
  ExpectWalksLikeOracle(
      Spec(Points({{0, 10}, {60, 100}, {60, 20}, {300, 20}}), 5000), 100'000);
  ExpectWalksLikeOracle(
      Spec(Points({{0, 0}, {10, 0}, {10, 5000}, {20, 0}, {100, 0}, {101, 9}}),
           1000),
      50'000);
  // From 0, to 0, and steep ends.
  ExpectWalksLikeOracle(Spec(Points({{0, 0}, {1000, 200}, {2000, 0}}), 3000),
                        300'000);
  ExpectWalksLikeOracle(
      Spec(Points({{0, 0}, {1e-6, 1e7}, {2e-6, 0}, {1, 0}, {1, 1e7}}), 2),
      200'000);
  ExpectWalksLikeOracle(Spec(Points({{0, 100}, {1e6, 100.001}}), 1e6), 100'000);
}

TEST(RateWalkTest, RepeatedShapesEqualTheOracle) {
  ExpectWalksLikeOracle(
      Spec(SineShape({.mean_per_s = 50, .amplitude_per_s = 50, .period_s = 7}),
           1e5),
      200'000);
  ExpectWalksLikeOracle(Spec(Points({{0, 1000}, {0.3, 0}}, 1), 1e6), 100'000);
  // Hundreds of periods for a call.
  ExpectWalksLikeOracle(Spec(Points({{0, 1}, {0.1, 0}}, 0.7), 1e6), 10'000);
  // Thousands of calls for a gap.
  ExpectWalksLikeOracle(Spec(Points({{0, 0}, {3, 1e6}}, 3), 3e4), 100'000,
                        /*most_gap=*/1e5);
}

TEST(RateWalkTest, ARepeatedShapeDoesNotDriftInAMillionPeriods) {
  // 0.1 is no double: its sums, and the rounding of late instants, are not in
  // the area of a line.
  const ArrivalSpec spec =
      Spec(Points({{0, 1e4}, {0.05, 1e4}, {0.05, 0}}, 0.1), 1e7);
  const double last_s =
      ExpectWalksLikeOracle(spec, 1'000'000, /*most_gap=*/1000);
  EXPECT_GT(last_s, 0.9e5);
}

TEST(RateWalkTest, LinesShorterThanADoubleCanTellKeepTheirCalls) {
  // 5e-9 s at 1e7 per second every 1,000 s: 0.05 calls. From second 2^24 on,
  // doubles are 3.7e-9 s apart.
  const double end_s = 0.5 + 5e-9;
  const ArrivalSpec spec = Spec(
      Points({{0, 0}, {0.5, 0}, {0.5, 1e7}, {end_s, 1e7}, {end_s, 0}}, 1000),
      kMaxDurationS);
  const double calls_in_period = (end_s - 0.5) * 1e7;
  RateWalk walk(spec);
  EXPECT_NEAR(walk.Advance(calls_in_period * 20'000.5), 20'000'000.5, 1e-6);
  EXPECT_NEAR(walk.Advance(calls_in_period * 10'000), 30'000'000.5, 1e-6);
}

TEST(RateWalkTest, AMillionPointsInTenPeriodsEqualTheOracle) {
  StreamRng rng(1, "points");
  std::vector<RatePoint> points;
  double at_s = 0;
  while (points.size() < kMaxRatePoints) {
    points.push_back({at_s, rng.Next() % 4 == 0 ? 0 : 1e4 * rng.Uniform()});
    if (rng.Next() % 4 != 0 || points.size() < 2 ||
        points[points.size() - 2].at_s == at_s) {
      at_s += 0.001 * rng.Uniform();
    }
  }
  const ArrivalSpec spec = Spec(Points(points, at_s + 1), 10 * at_s);
  ASSERT_EQ(CheckRateShape(spec.rate), absl::OkStatus());
  ExpectWalksLikeOracle(spec, 1'000'000);
}

TEST(RateWalkTest, EndsWithTheTestForGood) {
  RateWalk walk(Spec(Points({{0, 1}, {10, 1}, {10, 0}}), 1e6));
  EXPECT_EQ(walk.Advance(9.5), 9.5);
  EXPECT_EQ(walk.Advance(1), kNever);
  EXPECT_EQ(walk.Advance(0), kNever);
  RateWalk longer(Spec(Points({{0, 1}, {10, 3}}), 20));
  EXPECT_EQ(longer.Advance(1e300), kNever);
  RateWalk zero(Spec(Points({{0, 0}, {1, 0}}, 2), 1000));
  EXPECT_EQ(zero.Advance(0), kNever);
}

TEST(RateWalkTest, GapsOfZeroStayAtTheInstant) {
  RateWalk walk(Spec(Points({{0, 0}, {4, 0}, {4, 2}}), 10));
  EXPECT_EQ(walk.Advance(0), 4);
  EXPECT_EQ(walk.Advance(1), 4.5);
  EXPECT_EQ(walk.Advance(0), 4.5);
}

// Rates and lines so small that their products vanish.
TEST(RateWalkTest, SubnormalNumbersGiveInstantsOfTheTest) {
  for (const RateShape& shape :
       {Points({{0, 1e-323}, {1e9, 0}}), Points({{0, 0}, {1e9, 1e-323}}),
        Points({{0, 0}, {1e-320, 1e7}}), Points({{0, 1e7}, {1e-320, 0}}),
        Points({{0, 1e-310}, {5, 0}})}) {
    ASSERT_EQ(CheckRateShape(shape), absl::OkStatus());
    for (const double calls : {0.0, 5e-324, 1e-310, 1e-3, 1.0}) {
      RateWalk walk(Spec(shape, 1000));
      double last_s = 0;
      for (int i = 0; i < 3; ++i) {
        const double at_s = walk.Advance(calls);
        ASSERT_TRUE(at_s >= last_s && (at_s <= 1000 || at_s == kNever)) << at_s;
        last_s = at_s;
      }
    }
  }
}

// Gaps are multiples of 2^-52 below 2, which integers of 128 bits sum exactly.
TEST(CallSumTest, ABillionGapsKeepTheirFraction) {
#ifdef INVOCATOR_SANITIZED
  constexpr uint64_t kGaps = 10'000'000;
#else
  constexpr uint64_t kGaps = 1'000'000'000;
#endif
  CallSum sum;
  unsigned __int128 exact = 0;
  uint64_t turn = 0;
  for (uint64_t i = 0; i < kGaps; ++i) {
    // Steps of the golden ratio: even over [0, 2), and quick.
    const uint64_t bits = (turn += 0x9e3779b97f4a7c15) >> 11;
    exact += bits;
    sum.Add(static_cast<double>(bits) * 0x1p-52);
  }
  const auto whole = static_cast<int64_t>(exact >> 52);
  const double part =
      static_cast<double>(static_cast<uint64_t>(exact) & ((1ull << 52) - 1)) *
      0x1p-52;
  const double error =
      static_cast<double>(static_cast<int64_t>(sum.whole) - whole) +
      (sum.part - part);
  // 2^-53 of every sum of a part and a gap, which are 2 * 10^9 calls in all.
  EXPECT_LT(std::abs(error), 2.3e-7);
  EXPECT_NEAR(static_cast<double>(sum.whole), static_cast<double>(kGaps),
              5 * std::sqrt(static_cast<double>(kGaps)));
}

TEST(CallSumTest, SubtractsDownToTheSmallestParts) {
  CallSum sum{.whole = 3, .part = 0.25};
  sum.Subtract({.whole = 1, .part = 0.5});
  EXPECT_EQ(sum.whole, 1u);
  EXPECT_EQ(sum.part, 0.75);
  // What is missing rounds to nothing: a part is below 1.
  sum = {.whole = 2, .part = 0};
  sum.Subtract({.whole = 1, .part = 0x1p-60});
  EXPECT_EQ(sum.whole, 1u);
  EXPECT_EQ(sum.part, 0);
  EXPECT_TRUE(sum.Reaches({.whole = 1, .part = 0}));
  EXPECT_FALSE(sum.Reaches({.whole = 1, .part = 0x1p-1074}));
  EXPECT_FALSE(sum.Reaches({.whole = 2, .part = 0}));
}

TEST(RateIntegralTest, IsTheOraclesArea) {
  for (const ArrivalSpec& spec :
       {Spec(Points({{0, 10}, {60, 100}, {60, 20}, {300, 20}}), 1000),
        Spec(SineShape({.mean_per_s = 5, .amplitude_per_s = 5, .period_s = 13}),
             1000),
        Spec(Points({{0, 0}, {0.1, 50}, {0.1, 0}}, 0.3), 1000)}) {
    const Oracle oracle(spec.rate);
    RateIntegral integral(spec);
    StreamRng rng(4, "until");
    for (double at_s = 0; at_s < 1000; at_s += 3 * rng.Uniform()) {
      ASSERT_NEAR(integral.Until(at_s), static_cast<double>(oracle.Calls(at_s)),
                  1e-8);
      ASSERT_NEAR(integral.per_s(), oracle.Rate(at_s), 1e-6);
    }
    EXPECT_NEAR(MeanPerS(spec.rate, 1000) * 1000, integral.Until(1000), 1e-8);
    // Nothing is after the end.
    EXPECT_EQ(integral.Until(1e9), integral.Until(1000));
  }
}

// Composite Simpson over the sine itself, not over its lines.
TEST(RateIntegralTest, OfASineIsSimpsons) {
  const RateSine sine = {
      .mean_per_s = 50, .amplitude_per_s = 40, .period_s = 60, .phase = 0.3};
  const auto rate = [&](double at_s) {
    return 50 + 40 * std::sin(2 * std::acos(-1.0) * (at_s / 60 + 0.3));
  };
  RateIntegral integral(Spec(SineShape(sine), 200));
  double simpson = 0;
  constexpr double kStepS = 0.5;
  for (double at_s = 0; at_s < 200; at_s += kStepS) {
    simpson += kStepS / 6 *
               (rate(at_s) + 4 * rate(at_s + kStepS / 2) + rate(at_s + kStepS));
    // The lines' error, 3.9e-5 of the amplitude, over half a period at most.
    ASSERT_NEAR(integral.Until(at_s + kStepS), simpson, 3.9e-5 * 40 * 30);
  }
}

TEST(CheckRateLinesTest, BoundsLinesAndStays) {
  EXPECT_TRUE(CheckRateLines(Spec(1, kMaxDurationS)).ok());
  EXPECT_TRUE(
      CheckRateLines(Spec(SineShape({1, 1, 12, 0}), kMaxDurationS)).ok());
  // A constant rate has no periods.
  EXPECT_TRUE(
      CheckRateLines(Spec(Points({{0, 1}}, 0.001), kMaxDurationS)).ok());
  const absl::Status sine =
      CheckRateLines(Spec(SineShape({1, 1, 1, 0}), kMaxDurationS));
  EXPECT_EQ(sine.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(sine.message()),
              HasSubstr("some 1.14e+10 straight lines and stays of bursts in "
                        "31622400 s, expected at most 1e+09"));
  ArrivalSpec bursts = Spec(1, kMaxDurationS);
  bursts.bursts = Bursts{.per_s = 1, .mean_on_s = 0.001, .mean_off_s = 0.001};
  EXPECT_FALSE(CheckRateLines(bursts).ok());
  bursts.bursts->mean_off_s = 1;
  EXPECT_TRUE(CheckRateLines(bursts).ok());
}

}  // namespace
}  // namespace invocator
