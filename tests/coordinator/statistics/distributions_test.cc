// Values of tests/oracle/statistics.py (scipy).
#include "coordinator/statistics/distributions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace invocator {
namespace {

TEST(Distributions, CutsAreScipys) {
  EXPECT_NEAR(NormalCut(0.025), 1.9599639845400545, 1e-12);
  EXPECT_NEAR(NormalCut(0.005), 2.575829303548901, 1e-12);
  EXPECT_NEAR(StudentCut(0.025, 59), 2.0009953770482105, 1e-8);
  EXPECT_NEAR(StudentCut(0.025, 2.5), 3.574654842011878, 1e-8);
  EXPECT_NEAR(StudentCut(0.005, 9), 3.24983554401537, 1e-8);
}

TEST(Distributions, RanksAreTheBinomialLawsForWholeNumbersOfCalls) {
  struct Row {
    double calls, ratio, low, high;
  };
  for (const Row& row :
       {Row{368, 0.99, 360, 368}, Row{1000, 0.99, 983, 997},
        Row{20, 0.5, 6, 15}, Row{5000, 0.999, 4990, 5000},
        Row{100, 0.9, 84, 96}, Row{1'000'000, 0.999, 998'938, 999'062}}) {
    const RankBounds ranks = BoundRanks(row.calls, row.ratio, 0.025);
    ASSERT_TRUE(ranks.low && ranks.high) << row.calls;
    EXPECT_EQ(std::floor(*ranks.low), row.low) << row.calls;
    EXPECT_EQ(std::ceil(*ranks.high), row.high) << row.calls;
  }
}

TEST(Distributions, AnEndIsKnownFromTheFewestCallsOn) {
  // 0.99^367 = 0.02501, 0.99^368 = 0.02476
  EXPECT_FALSE(BoundRanks(367, 0.99, 0.025).high.has_value());
  EXPECT_TRUE(BoundRanks(368, 0.99, 0.025).high.has_value());
  EXPECT_TRUE(BoundRanks(367, 0.99, 0.025).low.has_value());
  EXPECT_FALSE(BoundRanks(367, 0.01, 0.025).low.has_value());
  EXPECT_TRUE(BoundRanks(368, 0.01, 0.025).low.has_value());
  EXPECT_EQ(std::ceil(FewestCallsForRanks(0.99, 0.025)), 368);
  EXPECT_EQ(std::ceil(FewestCallsForRanks(0.01, 0.025)), 368);
  EXPECT_EQ(std::ceil(FewestCallsForRanks(0.5, 0.025)), 6);
}

TEST(Distributions, FewCallsAndPartsOfCallsAreNoTrouble) {
  for (const double calls : {0.0, 0.3, 1.0, 1.5, 2.0}) {
    const RankBounds ranks = BoundRanks(calls, 0.5, 0.025);
    EXPECT_FALSE(ranks.low || ranks.high) << calls;
  }
}

// The exact law and the normal one meet where the first ends.
TEST(Distributions, RanksGoOnSmoothlyIntoTheNormalLaw) {
  const RankBounds exact = BoundRanks(3.99e8, 0.5, 0.025);
  const RankBounds normal = BoundRanks(4.01e8, 0.5, 0.025);
  const double z = 1.9599639845400545;
  EXPECT_NEAR(*exact.low, 3.99e8 / 2 - z * std::sqrt(3.99e8 / 4), 3);
  EXPECT_NEAR(*normal.low, 4.01e8 / 2 - z * std::sqrt(4.01e8 / 4), 3);
  EXPECT_NEAR(*exact.high, 3.99e8 / 2 + z * std::sqrt(3.99e8 / 4), 3);
  EXPECT_NEAR(*normal.high, 4.01e8 / 2 + z * std::sqrt(4.01e8 / 4), 3);
  const double huge = 0x1p56;
  const RankBounds far = BoundRanks(huge, 0.999999, 0.025);
  EXPECT_LT(*far.low, huge * 0.999999);
  EXPECT_GT(*far.high, huge * 0.999999);
  EXPECT_LE(*far.high, huge);
}

TEST(Distributions, SharesAreClopperAndPearsons) {
  struct Row {
    double hits, calls, low, high;
  };
  for (const Row& row :
       {Row{0, 1000, 0, 0.003682083896639526},
        Row{3, 1000, 0.0006190999316499173, 0.008742023238657654},
        Row{1000, 1000, 1 - 0.003682083896639526, 1},
        Row{500, 1000, 0.46854917297179194, 0.531450827028208},
        Row{12, 34567, 0.00017939091111066947, 0.0006063259146542931},
        Row{2.5, 80.25, 0.005214306494289886, 0.09639934572005772},
        Row{1e9, 4e9, 0.24998658109975633, 0.2500134192620364}}) {
    const ShareBounds bounds = BoundShare(row.hits, row.calls, 0.025);
    EXPECT_NEAR(bounds.low, row.low, 1e-9) << row.hits;
    EXPECT_NEAR(bounds.high, row.high, 1e-9) << row.hits;
  }
}

}  // namespace
}  // namespace invocator
