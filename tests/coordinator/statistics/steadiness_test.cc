#include "coordinator/statistics/steadiness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "tests/support/simulated_latencies.h"

namespace invocator {
namespace {

std::vector<double> Values(const std::function<double(int)>& value) {
  std::vector<double> values;
  for (int j = 0; j < 60; ++j) values.push_back(value(j));
  return values;
}

LatencyBins OneCallEach(const std::vector<double>& values_ms) {
  LatencyBins bins;
  for (const double value_ms : values_ms) {
    Histogram bin;
    bin.Add(std::llround(value_ms * 1e6), 1);
    bins.Add(bin);
  }
  return bins;
}

double Jumps(int j) { return (j * j * 7) % 11; }

// Values of tests/oracle/statistics.py (numpy).
TEST(Steadiness, Mser5IsNumpys) {
  EXPECT_EQ(SettledAfter(Values([](int j) {
              return 100 * std::exp(-j / 6.0) + 20 + Jumps(j);
            })),
            20u);
  EXPECT_EQ(SettledAfter(Values([](int j) { return 20 + Jumps(j); })), 10u);
  // 30 of 60 is the last cut: a later one may be better.
  EXPECT_EQ(SettledAfter(Values([](int j) { return j; })), std::nullopt);
}

TEST(Steadiness, EqualMediansAreSteadyWithoutAWarmup) {
  const Steadiness s =
      JudgeSteadiness(OneCallEach(std::vector<double>(60, 20)), /*width_s=*/1);
  EXPECT_EQ(s.steady, Steady::kYes);
  EXPECT_EQ(s.warmup_s, 0);
  EXPECT_EQ(s.change.low, 0);
  EXPECT_EQ(s.change.high, 0);
}

TEST(Steadiness, ASlowStartIsNotSteadyAndHasAWarmup) {
  const Steadiness s =
      JudgeSteadiness(OneCallEach(Values([](int j) {
                        return 100 * std::exp(-j / 6.0) + 20 + Jumps(j);
                      })),
                      /*width_s=*/0.1);
  EXPECT_EQ(s.steady, Steady::kNo);
  EXPECT_LT(*s.change.high, 0);
  EXPECT_GT(s.first_third_ns, 1.5 * s.last_third_ns);
  EXPECT_DOUBLE_EQ(s.warmup_s.value_or(-1), 2);
}

TEST(Steadiness, SmallButCertainChangesAreSteady) {
  const Steadiness s = JudgeSteadiness(
      OneCallEach(Values([](int j) { return 100 + j * 0.05; })), 1);
  EXPECT_GT(*s.change.low, 0);
  EXPECT_EQ(s.steady, Steady::kYes);
}

TEST(Steadiness, NoiseAsLargeAsTheChangeTellsNothing) {
  const Steadiness s = JudgeSteadiness(
      OneCallEach(Values([](int j) { return 20 + 10 * Jumps(j); })), 1);
  EXPECT_EQ(s.steady, Steady::kTooShort);
}

TEST(Steadiness, FewerThanThirtyBinsAreTooShort) {
  const Steadiness s =
      JudgeSteadiness(OneCallEach(std::vector<double>(29, 20)), 1);
  EXPECT_EQ(s.steady, Steady::kTooShort);
  EXPECT_EQ(s.change.unknown, Unknown::kFewBins);
  EXPECT_FALSE(s.warmup_s.has_value());
  EXPECT_EQ(JudgeSteadiness(LatencyBins(), 1).change.unknown,
            Unknown::kNoCalls);
}

// Empty bins take time, too.
TEST(Steadiness, TheWarmupIsTheFirstBinThatIsKept) {
  std::vector<double> values = Values([](int j) { return j < 10 ? 90 : 20; });
  LatencyBins bins;
  for (const double value : values) {
    Histogram bin;
    bin.Add(std::llround(value * 1e6), 1);
    bins.Add(bin);
    bins.Add(Histogram());
  }
  const Steadiness s = JudgeSteadiness(bins, /*width_s=*/1);
  EXPECT_EQ(s.bins, 60u);
  EXPECT_EQ(s.warmup_s, 20);
}

// A queue at 50 % load with its usual noise: hardly ever called unsteady.
TEST(Steadiness, AQueueInItsSteadyStateRaisesFewAlarms) {
  int alarms = 0;
  for (uint32_t run = 0; run < 200; ++run) {
    const LatencyBins bins = Simulate(MM1(0.5, 200), 60, /*seed=*/4, run);
    alarms += JudgeSteadiness(bins, 1).steady == Steady::kNo;
  }
  EXPECT_LE(alarms, 16);  // 8 %
}

}  // namespace
}  // namespace invocator
