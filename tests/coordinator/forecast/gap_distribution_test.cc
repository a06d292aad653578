// Values of scipy 1.10, whose gaps have mean 1:
//   gamma(1 / cv**2, scale=cv**2).cdf(x)
//   weibull_min(k, scale=1 / Gamma(1 + 1/k)).cdf(x), k solved by brentq
//   lognorm(s, scale=exp(-s * s / 2)).cdf(x), s = sqrt(log(1 + cv**2))
//   pareto(alpha, scale=(alpha - 1) / alpha).cdf(x)
//   expon.cdf(x)
#include "coordinator/forecast/gap_distribution.h"

#include <gtest/gtest.h>

#include <vector>

namespace invocator {
namespace {

void ExpectCdf(ArrivalKind kind, const GapLaw& law,
               const std::vector<double>& expected) {
  const std::vector<double> gaps = {0.001, 0.3, 1, 2.5, 20};
  ArrivalSpec spec;
  spec.kind = kind;
  spec.law = law;
  const GapDistribution distribution(spec);
  for (size_t i = 0; i < gaps.size(); ++i) {
    EXPECT_NEAR(distribution.Cdf(gaps[i]), expected[i],
                expected[i] * 1e-11 + 1e-15)
        << gaps[i] << ", " << law.parameter;
  }
  EXPECT_EQ(distribution.Cdf(0), 0);
  EXPECT_EQ(distribution.Cdf(-1e-9), 0);
}

TEST(GapDistribution, OfPoissonIsExponential) {
  ExpectCdf(ArrivalKind::kPoisson, {},
            {0.0009995001666250082, 0.2591817793182821, 0.6321205588285577,
             0.9179150013761012, 0.9999999979388464});
}

TEST(GapDistribution, OfUniformIsAStepAtOne) {
  ExpectCdf(ArrivalKind::kUniform, {}, {0, 0, 1, 1, 1});
}

TEST(GapDistribution, OfGammaIsScipys) {
  ExpectCdf(ArrivalKind::kGamma, GammaGaps(0.01),
            {0, 0, 0.5013298083399552, 1, 1});
  ExpectCdf(ArrivalKind::kGamma, GammaGaps(0.5),
            {1.0632590157263204e-11, 0.03376896818565569, 0.566529879633291,
             0.9896639493240743, 1.0});
  ExpectCdf(ArrivalKind::kGamma, GammaGaps(3),
            {0.383973107127791, 0.7212800291438572, 0.8183246088312078,
             0.8922204106054344, 0.9952290710437213});
  ExpectCdf(ArrivalKind::kGamma, GammaGaps(30),
            {0.9855127987772888, 0.9917779891585355, 0.9931047685896051,
             0.9941145271002211, 0.9963927050548397});
}

TEST(GapDistribution, OfWeibullIsScipys) {
  ExpectCdf(ArrivalKind::kWeibull, WeibullGaps(0.5),
            {3.8474503756303894e-07, 0.0598597480535873, 0.5392293749664576,
             0.995078386982805, 1.0});
  ExpectCdf(ArrivalKind::kWeibull, WeibullGaps(2),
            {0.03128688982313563, 0.5045868811196879, 0.7407520321125444,
             0.8913521981620767, 0.9989520696570986});
}

TEST(GapDistribution, OfLognormalIsScipys) {
  ExpectCdf(ArrivalKind::kLognormal, LognormalGaps(1.5),
            {2.9441062517955743e-09, 0.28564603788834747, 0.7063763629275667,
             0.9172523618782559, 0.9995203475829371});
}

TEST(GapDistribution, OfParetoIsScipys) {
  ExpectCdf(ArrivalKind::kPareto, ParetoGaps(1.5),
            {0, 0, 0.8075499102701247, 0.9513135504439852, 0.9978483425854403});
}

}  // namespace
}  // namespace invocator
