#include "common/arrivals/gap_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace invocator {
namespace {

using Draw = std::function<double(StreamRng&)>;

template <typename Gaps>
Draw Of(const GapLaw& law) {
  const auto gaps = std::make_shared<Gaps>(law);
  return [gaps](StreamRng& rng) { return gaps->Next(rng); };
}

// First gaps of the stream (7, "gaps"). `by_python`: the same draws put into
// the same formulas in Python, with its math.log and math.exp. `bits`: those of
// x86-64, which every machine and compiler has to repeat.
struct FirstGaps {
  std::string law;
  Draw draw;
  std::array<double, 4> by_python;
  std::array<double, 4> bits;
};

const FirstGaps kFirstGaps[] = {
    {"exponential",
     Of<ExponentialGaps>({}),
     {1.4865285840585887, 0.9037880875991845, 3.1861735449130646,
      1.431039558520721},
     {0x1.7c8d232519cfbp+0, 0x1.cebd4fed81799p-1, 0x1.97d488e364189p+1,
      0x1.6e589bc720f76p+0}},
    {"Gamma of cv 3",
     Of<GammaGapSource>(GammaGaps(3)),
     {6.360738836358466e-05, 5.328484631617948e-08, 0.340611344493499,
      0.01681944746513551},
     {0x1.0ac9e9c791005p-14, 0x1.c9b69dc073041p-25, 0x1.5cc93864fc137p-2,
      0x1.1391e0332bc7ap-6}},
    {"Gamma of cv 0.5",
     Of<GammaGapSource>(GammaGaps(0.5)),
     {1.7600050613264653, 1.1683717352054144, 0.7053713865587166,
      1.2331324857935593},
     {0x1.c28fb113310f8p+0, 0x1.2b1a68f8472ccp+0, 0x1.692670399b93cp-1,
      0x1.3bae92121e576p+0}},
    {"Weibull of cv 2",
     Of<WeibullGapSource>(WeibullGaps(2)),
     {1.1943008822136032, 0.47742133625194216, 4.866454922058159,
      1.113448027578096},
     {0x1.31bdb3deb0fe4p+0, 0x1.e8e1238675773p-2, 0x1.3773ff586cad1p+2,
      0x1.1d0aee103e5ecp+0}},
    {"lognormal of cv 1.5",
     Of<LognormalGapSource>(LognormalGaps(1.5)),
     {2.5231671247323666, 0.9380162492971251, 0.3292544497218276,
      1.060464429436917},
     {0x1.42f723ed88afep+1, 0x1.e043aa73b20a6p-1, 0x1.51281416788d2p-2,
      0x1.0f7a98cb00bb6p+0}},
    {"Pareto of alpha 1.5",
     Of<ParetoGapSource>(ParetoGaps(1.5)),
     {0.8979927963185902, 0.6089087264716517, 2.7884988597634224,
      0.8653805588952098},
     {0x1.cbc5b63876c01p-1, 0x1.37c2e274e3b6cp-1, 0x1.64ed87d7cfp+1,
      0x1.bb13291e19276p-1}},
};

TEST(GapSourceTest, FirstGapsAreThoseOfPythonAndOfEveryMachine) {
  for (const FirstGaps& row : kFirstGaps) {
    StreamRng rng(7, "gaps");
    for (size_t i = 0; i < row.bits.size(); ++i) {
      const double gap = row.draw(rng);
      EXPECT_NEAR(gap / row.by_python[i], 1, 1e-12) << row.law << " " << i;
      EXPECT_EQ(gap, row.bits[i]) << row.law << " " << i;
    }
  }
}

// Quantiles by scipy 1.10's ppf: expon(), gamma(1/cv**2, scale=cv**2),
// weibull_min(k, scale=1/gamma(1+1/k)), lognorm(s, scale=exp(-s*s/2)),
// pareto(a, scale=(a-1)/a).
constexpr std::array<double, 8> kParts = {0.01, 0.1, 0.25, 0.5,
                                          0.75, 0.9, 0.99, 0.999};

struct Quantiles {
  std::string law;
  Draw draw;
  double cv;  // infinite where the variance of a sample tells nothing
  std::array<double, 8> at;
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();

const Quantiles kQuantiles[] = {
    {"exponential",
     Of<ExponentialGaps>({}),
     1,
     {0.0100503358535, 0.105360515658, 0.287682072452, 0.69314718056,
      1.38629436112, 2.30258509299, 4.60517018599, 6.90775527898}},
    {"Gamma of cv 0.3",
     Of<GammaGapSource>(GammaGaps(0.3)),
     0.3,
     {0.435914394244, 0.639914559993, 0.784750423108, 0.970165292442,
      1.18279676901, 1.3985511684, 1.8265424016, 2.18670043496}},
    {"Gamma of cv 3",
     Of<GammaGapSource>(GammaGaps(3)),
     3,
     {5.5112396775e-18, 5.51123968053e-09, 2.10237551277e-05, 0.010775742444,
      0.431883740727, 2.7679876647, 15.0603938372, 31.2043600111}},
    // Half of its gaps are below any double.
    {"Gamma of cv 30",
     Of<GammaGapSource>(GammaGaps(30)),
     kInfinity,
     {0, 0, 0, 5.98358548565e-269, 1.81591137944e-110, 3.32825116746e-39,
      0.0596570110508, 272.146786437}},
    {"Weibull of cv 0.5",
     Of<WeibullGapSource>(WeibullGaps(0.5)),
     0.5,
     {0.126469708307, 0.38692396622, 0.624055442289, 0.948352053365,
      1.31894041078, 1.67915678957, 2.3353223499, 2.83234388492}},
    {"Weibull of cv 2",
     Of<WeibullGapSource>(WeibullGaps(2)),
     2,
     {0.00011982474861, 0.00909871581182, 0.0579181165083, 0.292786543106,
      1.05014246991, 2.67484161028, 9.59389986113, 20.2521991804}},
    {"lognormal of cv 1.5",
     Of<LognormalGapSource>(LognormalGaps(1.5)),
     1.5,
     {0.0443808369292, 0.137978802171, 0.266710035383, 0.554700196225,
      1.15365853126, 2.22999694773, 6.93299921728, 15.888734739}},
    {"Pareto of alpha 1.5",
     Of<ParetoGapSource>(ParetoGaps(1.5)),
     kInfinity,
     {0.335574240206, 0.357588660965, 0.403804576185, 0.529133683989,
      0.839947366597, 1.54719627787, 7.18144896677, 33.3333333333}},
    {"Pareto of alpha 5",
     Of<ParetoGapSource>(ParetoGaps(5)),
     // sqrt(1 / (5 * 3))
     0.2581988897471611,
     {0.801609670968, 0.81703655008, 0.847379072839, 0.918958683998,
      1.05560632862, 1.26791455397, 2.00950914521, 3.18485736443}},
};

// The distance of Kolmogorov and Smirnov at those points; 1.95 / sqrt(n) has
// p = 0.001. The seed is fixed: it either holds or does not.
TEST(GapSourceTest, QuantilesAreScipys) {
  constexpr int kGaps = 400'000;
  for (const Quantiles& row : kQuantiles) {
    StreamRng rng(11, "quantiles");
    std::array<int, 8> below{};
    for (int i = 0; i < kGaps; ++i) {
      const double gap = row.draw(rng);
      ASSERT_GE(gap, 0) << row.law;
      for (size_t j = 0; j < kParts.size(); ++j) below[j] += gap <= row.at[j];
    }
    for (size_t j = 0; j < kParts.size(); ++j) {
      if (row.at[j] == 0) continue;
      EXPECT_NEAR(static_cast<double>(below[j]) / kGaps, kParts[j],
                  1.95 / std::sqrt(kGaps))
          << row.law;
    }
  }
}

TEST(GapSourceTest, MeanIsOneAndSpreadIsTheCv) {
  constexpr int kGaps = 1'000'000;
  for (const Quantiles& row : kQuantiles) {
    if (!std::isfinite(row.cv)) continue;
    StreamRng rng(12, "moments");
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kGaps; ++i) {
      const double gap = row.draw(rng);
      sum += gap;
      squares += gap * gap;
    }
    const double mean = sum / kGaps;
    const double cv = std::sqrt(squares / kGaps - mean * mean);
    EXPECT_NEAR(mean, 1, 4 * row.cv / std::sqrt(kGaps)) << row.law;
    EXPECT_NEAR(cv / row.cv, 1, 0.02) << row.law;
  }
}

// Widest laws: nothing but finite numbers from 0.
TEST(GapSourceTest, ExtremeLawsYieldFiniteGaps) {
  for (const Draw& draw : {Of<GammaGapSource>(GammaGaps(kMinGapCv)),
                           Of<GammaGapSource>(GammaGaps(kMaxGapCv)),
                           Of<WeibullGapSource>(WeibullGaps(kMinGapCv)),
                           Of<WeibullGapSource>(WeibullGaps(kMaxGapCv)),
                           Of<LognormalGapSource>(LognormalGaps(kMinGapCv)),
                           Of<LognormalGapSource>(LognormalGaps(kMaxGapCv)),
                           Of<ParetoGapSource>(ParetoGaps(kMinParetoAlpha)),
                           Of<ParetoGapSource>(ParetoGaps(kMaxParetoAlpha))}) {
    StreamRng rng(13, "extremes");
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) {
      const double gap = draw(rng);
      ASSERT_TRUE(gap >= 0 && std::isfinite(gap)) << gap;
      sum += gap;
    }
    EXPECT_GT(sum, 0);
  }
}

TEST(GapSourceTest, ParetoHasItsMinimum) {
  StreamRng rng(14, "minimum");
  ParetoGapSource gaps(ParetoGaps(1.5));
  double least = 1;
  for (int i = 0; i < 100'000; ++i) least = std::min(least, gaps.Next(rng));
  EXPECT_GE(least, 1.0 / 3 * (1 - 1e-15));
  EXPECT_LT(least, 1.0 / 3 * (1 + 1e-4));
}

TEST(GapSourceTest, ConstantGapsAreShiftedOnce) {
  StreamRng rng(15, "shift");
  const double shift = StreamRng(15, "shift").Uniform();
  ConstantGaps gaps({});
  EXPECT_EQ(gaps.Next(rng), 1 + shift);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(gaps.Next(rng), 1);
}

// Neighbours are independent: the correlation of ranks is that of noise.
TEST(GapSourceTest, GapsDoNotDependOnTheOneBefore) {
  constexpr int kGaps = 200'000;
  for (const Quantiles& row : kQuantiles) {
    StreamRng rng(16, "neighbours");
    int together = 0;
    bool was_above = false;
    for (int i = 0; i < kGaps; ++i) {
      const bool is_above = row.draw(rng) > row.at[3];
      together += is_above == was_above;
      was_above = is_above;
    }
    // Five standard deviations of a fair coin.
    EXPECT_NEAR(static_cast<double>(together) / kGaps, 0.5,
                2.5 / std::sqrt(kGaps))
        << row.law;
  }
}

}  // namespace
}  // namespace invocator
