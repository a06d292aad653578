#include "common/arrivals/gap_law.h"

#include <gtest/gtest.h>

#include <cmath>

namespace invocator {
namespace {

// lgamma(1 + 2/k) - 2 lgamma(1 + 1/k) = ln(1 + cv^2), bisected in Python's
// decimals of 60 digits and confirmed by scipy 1.10:
//   brentq(lambda k: gammaln(1+2/k) - 2*gammaln(1+1/k) - log(1+cv**2),
//          0.05, 300, xtol=1e-14)
TEST(WeibullGapsTest, ShapeAndScaleEqualScipys) {
  const struct {
    double cv;
    double shape;
    double scale;
  } kRows[] = {
      {0.01, 127.530153314391858543, 1.004485764520402967},
      {0.5, 2.101349094688543730, 1.129063389539609040},
      {1, 1, 1},
      {2, 0.542692561286453368, 0.575249554855517493},
      {5, 0.311340728424325619, 0.126919852128513732},
      {30, 0.167204406365185117, 0.001439957203088174},
  };
  for (const auto& row : kRows) {
    const GapLaw law = WeibullGaps(row.cv);
    EXPECT_EQ(law.parameter, row.cv);
    // Where the spread is 1e-4, its 1e-14 of rounding are more of it.
    const double error = row.cv == 0.01 ? 1e-9 : 1e-12;
    EXPECT_NEAR(law.shape / row.shape, 1, error) << row.cv;
    EXPECT_NEAR(law.scale / row.scale, 1, error) << row.cv;
    EXPECT_EQ(law.scale, WeibullScale(law.shape));
  }
}

// The moments of the law, by the system's gamma function.
TEST(WeibullGapsTest, MeanIsOneAndSpreadIsTheCv) {
  for (double cv = kMinGapCv; cv <= kMaxGapCv; cv *= 1.1) {
    const GapLaw law = WeibullGaps(cv);
    const double mean = law.scale * std::tgamma(1 + 1 / law.shape);
    const double square =
        law.scale * law.scale * std::tgamma(1 + 2 / law.shape);
    ASSERT_NEAR(mean, 1, 1e-12) << cv;
    ASSERT_NEAR(std::sqrt(square - 1) / cv, 1, 1e-7) << cv;
    ASSERT_GE(law.shape, kMinWeibullShape);
    ASSERT_LE(law.shape, kMaxWeibullShape);
  }
}

TEST(GapLawTest, GammaHasTheInverseSquareOfItsCv) {
  EXPECT_EQ(GammaGaps(2).shape, 0.25);
  EXPECT_EQ(GammaGaps(2).scale, 4);
  EXPECT_EQ(GammaGaps(1).shape, 1);
}

TEST(GapLawTest, LognormalHasTheSigmaOfItsCv) {
  for (const double cv : {0.01, 0.5, 1.0, 1.5, 30.0}) {
    const double sigma = LognormalGaps(cv).shape;
    EXPECT_NEAR(std::sqrt(std::expm1(sigma * sigma)) / cv, 1, 1e-11) << cv;
  }
}

TEST(GapLawTest, ParetoHasItsAlpha) {
  EXPECT_EQ(ParetoGaps(1.5).shape, 1.5);
  EXPECT_EQ(ParetoGaps(1.5).parameter, 1.5);
}

// The same on every machine: the bits that x86-64 computes.
TEST(GapLawTest, BitsAreThoseOfEveryMachine) {
  EXPECT_EQ(WeibullGaps(2).shape, 0x1.15dbcca503fd3p-1);
  EXPECT_EQ(WeibullGaps(2).scale, 0x1.26871c1249383p-1);
  EXPECT_EQ(WeibullGaps(0.3).shape, 0x1.db5ce4954d4a3p+1);
  EXPECT_EQ(LognormalGaps(1.5).shape, 0x1.15edbbee0097dp+0);
}

}  // namespace
}  // namespace invocator
