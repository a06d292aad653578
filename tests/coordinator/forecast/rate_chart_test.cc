// Charts drawn by hand from the calls of each bin.
#include "coordinator/forecast/rate_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "coordinator/books/census.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// An instance with these calls in the test's first seconds.
InstancePlan CountsInstance(std::string name, std::vector<uint32_t> counts,
                            double duration_s) {
  InstancePlan instance = ListInstance(std::move(name), {}, duration_s);
  instance.arrivals.kind = ArrivalKind::kCounts;
  instance.arrivals.counts = {
      .counts = std::move(counts), .bin_s = 1, .even = true};
  return instance;
}

InstancePlan PoissonInstance(std::string name, RateShape rate,
                             double duration_s) {
  InstancePlan instance = ListInstance(std::move(name), {}, duration_s);
  instance.arrivals.kind = ArrivalKind::kPoisson;
  instance.arrivals.rate = std::move(rate);
  return instance;
}

std::string Chart(const Plan& plan, ChartBars bars = ChartBars::kBlocks) {
  return RateChart(plan, TakeCensus(plan, {}), bars);
}

std::vector<std::string> Lines(const std::string& chart) {
  return absl::StrSplit(chart, '\n');
}

TEST(RateChart, HeightsAreSharesOfTheInstancesHighestColumn) {
  const Plan plan =
      PlanOf({CountsInstance("ramp", {0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 8}, 40),
              CountsInstance("späte", std::vector<uint32_t>(40, 1000), 40)},
             40);
  EXPECT_EQ(Chart(plan),
            "calls per second over time, each line on its own scale; "
            "bins of 1 s\n"
            "\n"
            "ramp    ▁▂▃▄▅▆▇█ █                               peak 8/s\n"
            "späte  ████████████████████████████████████████  peak 1000/s\n"
            "       0 s                                 40 s\n");
  EXPECT_EQ(Chart(plan, ChartBars::kAscii),
            "calls per second over time, each line on its own scale; "
            "bins of 1 s\n"
            "\n"
            "ramp    .:-=+*#@ @                               peak 8/s\n"
            "späte  @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@  peak 1000/s\n"
            "       0 s                                 40 s\n");
}

// 240 s are 60 columns of 4 s. The second column has 1 of at most 17 calls in
// all: a seventeenth is more than nothing.
TEST(RateChart, AColumnIsSeveralBins) {
  const Plan plan = PlanOf(
      {CountsInstance("a", {5, 6, 2, 4, 0, 0, 1, 0, 0, 0, 0, 9}, 240)}, 240);
  EXPECT_EQ(Lines(Chart(plan))[2],
            "a  █▁▅" + std::string(57, ' ') + "  peak 9/s");
  EXPECT_THAT(Lines(Chart(plan))[0], EndsWith("bins of 4 s"));
}

TEST(RateChart, ABinOfAShortTestIsSeveralCharacters) {
  const Plan plan = PlanOf({ListInstance("a", {0, 0.15, 0.01}, 0.3)}, 0.3);
  const std::vector<std::string> lines = Lines(Chart(plan, ChartBars::kAscii));
  EXPECT_THAT(lines[0], EndsWith("bins of 0.1 s"));
  EXPECT_EQ(lines[2], "a  " + std::string(20, '=') + std::string(20, '@') +
                          std::string(20, ' ') + "  peak 3/s");
  EXPECT_EQ(lines[3], "   0 s" + std::string(52, ' ') + "0.3 s");
}

// The last column is 0.05 s: its one call is 20 a second, the others have 2.
TEST(RateChart, AColumnCutShortDoesNotSetTheScale) {
  InstancePlan instance =
      CountsInstance("a", std::vector<uint32_t>(30, 2), 30.05);
  instance.arrivals.spikes = {{30.01, 1}};
  const Plan plan = PlanOf({instance}, 30.05);
  EXPECT_EQ(Lines(Chart(plan, ChartBars::kAscii))[2],
            "a  " + std::string(31, '@') + "  peak 2/s");
}

TEST(RateChart, ACallOnTheTestsEndIsInTheLastColumn) {
  const Plan plan = PlanOf({ListInstance("a", {60}, 60)}, 60);
  EXPECT_EQ(Lines(Chart(plan, ChartBars::kAscii))[2],
            "a  " + std::string(59, ' ') + "@  peak 1/s");
}

TEST(RateChart, ConstantRatesOverTheWholeTestHaveNone) {
  Plan plan = PlanOf({PoissonInstance("a", 5, 60)}, 60);
  EXPECT_EQ(Chart(plan), "");
  plan.instances[0].arrivals.kind = ArrivalKind::kUniform;
  EXPECT_EQ(Chart(plan), "");
  EXPECT_EQ(Chart(PlanOf({ListInstance("none", {}, 60)}, 60)), "");
  EXPECT_EQ(Chart(PlanOf({}, 60)), "");
}

TEST(RateChart, AnythingElseThanAConstantRateIsShown) {
  const InstancePlan steady = PoissonInstance("steady", 5, 60);
  const auto chart_with = [&](InstancePlan instance) {
    return Chart(PlanOf({steady, std::move(instance)}, 60));
  };
  EXPECT_EQ(chart_with(steady), "");
  InstancePlan ramp = steady;
  ramp.arrivals.rate.points = {{0, 1}, {60, 10}};
  EXPECT_THAT(chart_with(ramp), HasSubstr("\nsteady  "));
  InstancePlan windowed = steady;
  windowed.arrivals.window_end_s = 30;
  EXPECT_NE(chart_with(windowed), "");
  InstancePlan spike = steady;
  spike.arrivals.spikes = {{10, 100}};
  EXPECT_NE(chart_with(spike), "");
  InstancePlan bursts = steady;
  bursts.arrivals.bursts = Bursts{10, 1, 1};
  EXPECT_NE(chart_with(bursts), "");
  InstancePlan gamma = steady;
  gamma.arrivals.kind = ArrivalKind::kGamma;
  gamma.arrivals.law = GammaGaps(3);
  EXPECT_NE(chart_with(gamma), "");
}

// Of 70 instances all but 64 share a lane of the census.
TEST(RateChart, TheBusiestTwelveAreShownInThePlansOrder) {
  Plan plan = PlanOf({}, 40);
  for (uint32_t i = 0; i < 70; ++i) {
    plan.instances.push_back(CountsInstance("f" + std::to_string(i),
                                            {i < 58 ? 1 : 100 + i % 7}, 40));
  }
  plan.instances.push_back(CountsInstance("none", {0}, 40));
  const std::vector<std::string> lines = Lines(Chart(plan));
  ASSERT_EQ(lines.size(), 2u + 12 + 2 + 1);
  for (uint32_t i = 0; i < 12; ++i) {
    EXPECT_THAT(lines[2 + i],
                StartsWith("f" + std::to_string(58 + i) + "  █ "));
    EXPECT_THAT(lines[2 + i],
                EndsWith(" peak " + std::to_string(100 + (58 + i) % 7) + "/s"));
  }
  EXPECT_EQ(lines[15], "and 58 instances with fewer calls");
}

TEST(RateChart, NamesAreShortAndClean) {
  const Plan plan = PlanOf({CountsInstance(std::string(40, 'n'), {1}, 40),
                            CountsInstance("a\x1b[2J\nforged", {1}, 40)},
                           40);
  const std::string chart = Chart(plan);
  EXPECT_THAT(chart, HasSubstr("\n" + std::string(27, 'n') + "...  █"));
  EXPECT_THAT(chart, Not(HasSubstr("\x1b")));
  EXPECT_THAT(chart, Not(HasSubstr("\nforged")));
}

}  // namespace
}  // namespace invocator
