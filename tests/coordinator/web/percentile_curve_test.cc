#include "coordinator/web/percentile_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace invocator {
namespace {

Histogram RandomLatencies(int count) {
  std::mt19937_64 random(3);
  std::exponential_distribution<double> latency(1 / 20e6);
  Histogram histogram;
  for (int i = 0; i < count; ++i) {
    histogram.Add(static_cast<int64_t>(latency(random)));
  }
  return histogram;
}

TEST(PercentileCurve, HasTheHistogramsPercentiles) {
  const Histogram histogram = RandomLatencies(5'000);
  const std::vector<CurvePoint> curve = PercentileCurve(histogram);
  ASSERT_GT(curve.size(), 60u);
  EXPECT_EQ(curve.front().nines, 0);
  EXPECT_EQ(curve.front().ns, histogram.min_ns());
  EXPECT_EQ(curve.back().ns, histogram.max_ns());
  size_t named = 0;
  for (size_t i = 1; i + 1 < curve.size(); ++i) {
    const double ratio = 1 - std::pow(10, -curve[i].nines);
    EXPECT_EQ(curve[i].ns, histogram.QuantileNs(ratio)) << curve[i].nines;
    if (curve[i].nines == 1) {
      ++named;
      EXPECT_EQ(curve[i].ns, histogram.QuantileNs(0.9));
    } else if (curve[i].nines == 2) {
      ++named;
      EXPECT_EQ(curve[i].ns, histogram.QuantileNs(0.99));
    } else if (curve[i].nines == 3) {
      ++named;
      EXPECT_EQ(curve[i].ns, histogram.QuantileNs(0.999));
    }
  }
  EXPECT_EQ(named, 3u);
}

TEST(PercentileCurve, NeverFalls) {
  for (const int count : {1, 2, 3, 10, 99, 1'000, 30'000}) {
    const std::vector<CurvePoint> curve =
        PercentileCurve(RandomLatencies(count), 7);
    for (size_t i = 1; i < curve.size(); ++i) {
      EXPECT_GT(curve[i].nines, curve[i - 1].nines) << count;
      EXPECT_GE(curve[i].ns, curve[i - 1].ns) << count;
    }
  }
}

TEST(PercentileCurve, OfEqualLatenciesIsALevelLine) {
  Histogram histogram;
  histogram.Add(20'000'000, 1'000);
  EXPECT_EQ(CurveJson(PercentileCurve(histogram)), "[[0,20000],[3.05,20000]]");
}

TEST(PercentileCurve, OfOneOrNoCall) {
  Histogram histogram;
  EXPECT_EQ(CurveJson(PercentileCurve(histogram)), "[]");
  histogram.Add(1'234'567);
  EXPECT_EQ(CurveJson(PercentileCurve(histogram)), "[[0,1235],[0.05,1235]]");
}

}  // namespace
}  // namespace invocator
