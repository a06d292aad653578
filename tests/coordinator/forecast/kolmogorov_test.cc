// Values of scipy 1.10:
//   scipy.stats.kstest(sample, "expon").statistic
//   scipy.special.kolmogorov(x)
#include "coordinator/forecast/kolmogorov.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace invocator {
namespace {

double Exponential(double x) { return x > 0 ? -std::expm1(-x) : 0; }
double Uniform(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
double StepAtOne(double x) { return x >= 1 ? 1 : 0; }

ToleratedSample Sample(const std::vector<double>& values, double tolerance) {
  ToleratedSample sample;
  for (const double value : values) {
    sample.low.push_back(value - tolerance);
    sample.high.push_back(value + tolerance);
  }
  return sample;
}

TEST(Kolmogorov, ExactValuesGiveScipysDistance) {
  EXPECT_NEAR(
      KolmogorovDistance(
          Sample({4.4, 0.31, 0.7, 0.05, 0.95, 1.3, 1.8, 2.2, 3.1, 0.42}, 0),
          Exponential),
      0.23470111177841346, 1e-15);
  EXPECT_NEAR(KolmogorovDistance(
                  Sample({0.11, 0.12, 0.13, 0.35, 0.5, 0.52, 0.9}, 0), Uniform),
              0.3371428571428571, 1e-15);
}

// By hand: 0.5 is the farthest from its half, on both sides of the step.
TEST(Kolmogorov, TheLargestDistanceMayBeAboveOrBelow) {
  EXPECT_DOUBLE_EQ(KolmogorovDistance(Sample({0.1, 0.2}, 0), Uniform), 0.8);
  EXPECT_DOUBLE_EQ(KolmogorovDistance(Sample({0.9, 0.8}, 0), Uniform), 0.8);
}

TEST(Kolmogorov, ValuesWithinTheirToleranceOfAStepAreOnIt) {
  const std::vector<double> almost_one = {1 - 1e-9, 1 + 1e-9, 1};
  EXPECT_GT(KolmogorovDistance(Sample(almost_one, 0), StepAtOne), 0.3);
  EXPECT_EQ(KolmogorovDistance(Sample(almost_one, 1.1e-9), StepAtOne), 0);
}

// By hand: a third of the values is off the step, below or above it.
TEST(Kolmogorov, ValuesBeyondTheirToleranceOfAStepCount) {
  EXPECT_DOUBLE_EQ(KolmogorovDistance(Sample({0.5, 1, 1}, 0.1), StepAtOne),
                   1. / 3);
  EXPECT_DOUBLE_EQ(KolmogorovDistance(Sample({1, 1.5, 1}, 0.1), StepAtOne),
                   1. / 3);
}

// Of ten values at 0.15, known to within 0.05, none need be above 0.1.
TEST(Kolmogorov, AToleranceShortensTheDistanceByWhatItExplains) {
  EXPECT_DOUBLE_EQ(
      KolmogorovDistance(Sample(std::vector<double>(10, 0.15), 0), Uniform),
      0.85);
  EXPECT_DOUBLE_EQ(
      KolmogorovDistance(Sample(std::vector<double>(10, 0.15), 0.05), Uniform),
      0.8);
}

TEST(Kolmogorov, PValuesAreThoseOfTheAsymptoticLaw) {
  struct Row {
    double x;
    double p;
  };
  constexpr uint64_t kCount = 400;
  const double factor = 20 + 0.12 + 0.11 / 20;
  for (const Row& row : std::vector<Row>{{0.04, 1.0},
                                         {0.05, 1.0},
                                         {0.2, 0.999999999999495},
                                         {0.5, 0.9639452436648751},
                                         {0.8, 0.5441424115741981},
                                         {1.0, 0.26999967167735456},
                                         {1.2, 0.11224966667072497},
                                         {1.5, 0.022217962616525127},
                                         {2.0, 0.0006709252557796953},
                                         {3.0, 3.045995948942526e-08}}) {
    EXPECT_NEAR(KolmogorovPValue(row.x / factor, kCount), row.p, row.p * 1e-11)
        << row.x;
  }
  EXPECT_EQ(KolmogorovPValue(0, 10), 1);
  EXPECT_EQ(KolmogorovPValue(1, 1'000'000), 0);
}

// scipy.stats.kstwo.sf(D, n), the exact law: 0.5634725787212608 for the sample
// above.
TEST(Kolmogorov, SmallSamplesAreNearTheExactLaw) {
  EXPECT_NEAR(KolmogorovPValue(0.23470111177841346, 10), 0.5634725787212608,
              0.02);
}

}  // namespace
}  // namespace invocator
