#include "gateway/latency_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace invocator {
namespace {

constexpr char kExponential[] = "exponential:20ms";
constexpr char kLognormal[] = "lognormal:20ms:0.5";

std::vector<double> SeriesMs(const char* model, double correlation,
                             int count = 400'000) {
  const LatencyModel latency = *ParseLatencyModel(model);
  std::mt19937_64 generator(7);
  LatencySeries series;
  std::vector<double> samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back(absl::ToDoubleMilliseconds(
        series.Next(latency, correlation, generator)));
  }
  return samples;
}

double Mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) /
         static_cast<double>(x.size());
}

double Autocorrelation(const std::vector<double>& x, size_t lag) {
  const double mean = Mean(x);
  double products = 0, squares = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    squares += (x[i] - mean) * (x[i] - mean);
    if (i >= lag) products += (x[i] - mean) * (x[i - lag] - mean);
  }
  return products / squares;
}

// Largest distance between the samples' distribution and one of that mean.
double DistanceFromExponential(std::vector<double> x, double mean) {
  std::sort(x.begin(), x.end());
  double most = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double below = static_cast<double>(i) / static_cast<double>(x.size());
    most = std::max(most, std::abs(1 - std::exp(-x[i] / mean) - below));
  }
  return most;
}

// Exponential: scipy 1.10's expon, ppf(norm.cdf(z)), above 0 isf(norm.sf(z)).
// Log-normal: exp(z / 2).
TEST(LatencyModelTest, LatencyAtAScoreIsItsQuantile) {
  const struct {
    double score, exponential, lognormal;
  } kRows[] = {
      {-3, 0.0013508099647481925, 0.2231301601484298},
      {-1, 0.1727537790234499, 0.6065306597126334},
      {0, 0.6931471805599453, 1.0},
      {0.5, 1.1759117615936185, 1.2840254166877416},
      {1, 1.8410216450092634, 1.6487212707001282},
      {3, 6.60772622151035, 4.481689070338061},
      {8, 35.01343715991455, 54.59815003314424},
  };
  for (const auto& row : kRows) {
    EXPECT_NEAR(absl::ToDoubleSeconds(
                    ParseLatencyModel("exponential:1s")->AtScore(row.score)),
                row.exponential, 1e-9)
        << row.score;
    EXPECT_NEAR(absl::ToDoubleSeconds(
                    ParseLatencyModel("lognormal:1s:0.5")->AtScore(row.score)),
                row.lognormal, 1e-9)
        << row.score;
  }
  EXPECT_EQ(ParseLatencyModel("20ms")->AtScore(3), absl::Milliseconds(20));
  EXPECT_EQ(ParseLatencyModel("lognormal:10m:10")->AtScore(5),
            kMaxFunctionTime);
  // Beyond any score that is drawn the tail is cut, not endless.
  EXPECT_EQ(ParseLatencyModel("exponential:1m")->AtScore(60), kMaxFunctionTime);
}

TEST(LatencySeriesTest, WithoutCorrelationItDrawsAsTheModelDoes) {
  for (const char* text : {"20ms", kExponential, kLognormal}) {
    const LatencyModel model = *ParseLatencyModel(text);
    std::mt19937_64 generator(3), other(3);
    LatencySeries series;
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(series.Next(model, 0, generator), model.Sample(other));
    }
  }
}

TEST(LatencySeriesTest, LogarithmsOfLognormalLatenciesAreAutoregressive) {
  std::vector<double> logs = SeriesMs(kLognormal, 0.9);
  for (double& sample : logs) sample = std::log(sample);
  // Standard error of a lag's autocorrelation (Bartlett): below 0.0045.
  EXPECT_NEAR(Autocorrelation(logs, 1), 0.9, 0.005);
  EXPECT_NEAR(Autocorrelation(logs, 5), std::pow(0.9, 5), 0.02);
  EXPECT_NEAR(Autocorrelation(logs, 10), std::pow(0.9, 10), 0.02);
  EXPECT_NEAR(Mean(logs), std::log(20), 0.02);
}

// scipy's dblquad over the bivariate normal density: 0.88285; for 0.5 0.45308.
TEST(LatencySeriesTest, ExponentialLatenciesCorrelateAsTheCopulaSays) {
  EXPECT_NEAR(Autocorrelation(SeriesMs(kExponential, 0.9), 1), 0.88285, 0.01);
  EXPECT_NEAR(Autocorrelation(SeriesMs(kExponential, 0.5), 1), 0.45308, 0.01);
  EXPECT_NEAR(Autocorrelation(SeriesMs(kExponential, 0), 1), 0, 0.01);
}

TEST(LatencySeriesTest, DistributionStaysThatOfTheModel) {
  for (double correlation : {0.0, 0.5, 0.9}) {
    const std::vector<double> samples = SeriesMs(kExponential, correlation);
    EXPECT_NEAR(Mean(samples), 20, 0.6) << correlation;
    // A hundredth of them counts as independent at 0.95.
    EXPECT_LT(DistanceFromExponential(samples, 20), 0.012) << correlation;
  }
}

// The first call of each of many series: the process has no way to run in.
TEST(LatencySeriesTest, FirstLatencyAlreadyHasTheDistribution) {
  const LatencyModel model = *ParseLatencyModel(kExponential);
  std::mt19937_64 generator(11);
  std::vector<double> first;
  for (int i = 0; i < 100'000; ++i) {
    first.push_back(absl::ToDoubleMilliseconds(
        LatencySeries().Next(model, 0.99, generator)));
  }
  EXPECT_LT(DistanceFromExponential(first, 20), 1.95 / std::sqrt(100'000));
}

TEST(LatencySeriesTest, EqualSeedsGiveEqualSeries) {
  EXPECT_EQ(SeriesMs(kExponential, 0.9, 1000),
            SeriesMs(kExponential, 0.9, 1000));
}

}  // namespace
}  // namespace invocator
