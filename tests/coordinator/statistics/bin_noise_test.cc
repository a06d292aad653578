// Values of tests/oracle/statistics.py (numpy).
#include "coordinator/statistics/bin_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <vector>

namespace invocator {
namespace {

std::vector<double> Filled(int count, const std::function<double(int)>& value) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(value(i));
  return values;
}

double Jumps(int i) { return (i * i * 7) % 11; }

BinNoise NoiseOf(const std::vector<double>& numbers,
                 const std::vector<double>& calls) {
  return MeasureBinNoise(ResidualsOf(numbers, calls), calls);
}

TEST(BinNoise, VarianceOfBinsThatDoNotCorrelateIsNumpys) {
  const auto calls = Filled(24, [](int i) { return 5 + (i * 3) % 7; });
  const BinNoise noise = NoiseOf(Filled(24, Jumps), calls);
  EXPECT_EQ(noise.unknown, Unknown::kNothing);
  EXPECT_EQ(noise.joined, 1u);
  EXPECT_NEAR(noise.variance, 336.46891983695656, 1e-9);
  EXPECT_NEAR(noise.degrees, 23, 1e-9);
}

TEST(BinNoise, BinsThatCorrelateAreJoinedUntilTheyDoNot) {
  const BinNoise noise = NoiseOf(
      Filled(100,
             [](int i) {
               return 10 * std::sin(i * 2 * std::numbers::pi / 32) + Jumps(i);
             }),
      Filled(100, [](int) { return 10; }));
  EXPECT_EQ(noise.unknown, Unknown::kNothing);
  EXPECT_EQ(noise.joined, 8u);
  EXPECT_EQ(noise.groups, 12u);
  EXPECT_EQ(noise.bins, 100u);
  EXPECT_NEAR(noise.variance, 35715.974920829416, 1e-6);
}

TEST(BinNoise, ToleratedCorrelationAddsToTheVariance) {
  const BinNoise noise = NoiseOf(
      Filled(100,
             [](int i) {
               return Jumps(i) + 3.5 * std::sin(i * 2 * std::numbers::pi / 32);
             }),
      Filled(100, [](int) { return 10; }));
  EXPECT_EQ(noise.joined, 1u);
  EXPECT_GT(noise.tolerated, 1);
  EXPECT_NEAR(noise.variance, 2048.8541357667336, 1e-6);
}

TEST(BinNoise, AFewBinsWithMostOfTheVarianceLeaveFewDegreesOfFreedom) {
  const BinNoise noise = NoiseOf(
      Filled(100, [](int i) { return (i % 33 == 5 ? 8 : 0) + Jumps(i) / 11; }),
      Filled(100, [](int) { return 10; }));
  EXPECT_NEAR(noise.variance, 214.5785123966941, 1e-9);
  EXPECT_NEAR(noise.degrees, 7.12666660211565, 1e-9);
}

TEST(BinNoise, EmptyBinsSayNothing) {
  std::vector<double> numbers, calls;
  for (int i = 0; i < 24; ++i) {
    numbers.insert(numbers.end(), {Jumps(i), 0, 0});
    calls.insert(calls.end(), {5.0 + (i * 3) % 7, 0, 0});
  }
  const BinNoise noise = NoiseOf(numbers, calls);
  EXPECT_EQ(noise.bins, 24u);
  EXPECT_NEAR(noise.variance, 336.46891983695656, 1e-9);
}

TEST(BinNoise, ATrendIsLongerThanTheRun) {
  const BinNoise noise = NoiseOf(Filled(60, [](int i) { return i; }),
                                 Filled(60, [](int) { return 100; }));
  EXPECT_EQ(noise.unknown, Unknown::kMemory);
}

TEST(BinNoise, NothingIsClaimedFromFewerThanTenBins) {
  const auto calls = [](int bins) {
    return Filled(bins, [](int) { return 100; });
  };
  EXPECT_EQ(NoiseOf(Filled(9, Jumps), calls(9)).unknown, Unknown::kFewBins);
  EXPECT_EQ(NoiseOf(Filled(10, Jumps), calls(10)).unknown, Unknown::kNothing);
  EXPECT_EQ(NoiseOf({}, {}).unknown, Unknown::kNoCalls);
  EXPECT_EQ(NoiseOf({0, 0}, {0, 0}).unknown, Unknown::kNoCalls);
}

TEST(BinNoise, OneBinWithNearlyAllCallsIsOneBin) {
  auto calls = Filled(100, [](int) { return 1; });
  calls[50] = 1e6;
  EXPECT_EQ(NoiseOf(Filled(100, [](int i) { return i == 50 ? 5e5 : 0; }), calls)
                .unknown,
            Unknown::kFewBins);
}

// 0.1 has no exact double: rounding must not pass for correlated scatter.
TEST(BinNoise, EqualSharesHaveNoScatter) {
  const auto calls = Filled(1800, [](int i) { return 10 * (1 + i % 7); });
  auto numbers = calls;
  for (double& number : numbers) number *= 0.1;
  const BinNoise noise = NoiseOf(numbers, calls);
  EXPECT_EQ(noise.unknown, Unknown::kNothing);
  EXPECT_EQ(noise.variance, 0);
  const Inflation none = InflationOf(noise, 10, 0.95);
  EXPECT_EQ(none.Both(), 1);
}

}  // namespace
}  // namespace invocator
