#include "coordinator/forecast/plan_seconds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "coordinator/books/census.h"
#include "tests/support/plans.h"
#include "tests/support/versions.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

InstancePlan RateInstance(std::string name, ArrivalKind kind, RateShape rate,
                          double duration_s) {
  InstancePlan instance = ListInstance(std::move(name), {}, duration_s);
  instance.arrivals.kind = kind;
  instance.arrivals.seed = 5;
  instance.arrivals.rate = std::move(rate);
  return instance;
}

RateShape Points(std::vector<RatePoint> points) {
  RateShape shape;
  shape.points = std::move(points);
  return shape;
}

std::string Seconds(const Plan& plan) {
  std::ostringstream out;
  PrintSeconds(plan, out);
  return out.str();
}

// "second,instance" to expected.
std::map<std::string, double> ExpectedOf(const Plan& plan) {
  std::map<std::string, double> expected;
  for (const auto line : absl::StrSplit(Seconds(plan), '\n')) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    double value = 0;
    if (cells.size() != 4 || !absl::SimpleAtod(cells[3], &value)) continue;
    expected[absl::StrCat(cells[0], ",", cells[1])] = value;
  }
  return expected;
}

TEST(PlanSeconds, EverySecondAndInstanceHasARow) {
  const Plan plan = PlanOf({ListInstance("b, \"c\"", {0, 0.999999999, 1.5}, 3),
                            ListInstance("a", {1, 0, 0}, 3)},
                           3);
  EXPECT_EQ(Seconds(plan),
            "second,instance,planned,expected\n"
            "0,\"b, \"\"c\"\"\",2,2.000000\n"
            "0,a,0,0.000000\n"
            "1,\"b, \"\"c\"\"\",0,0.000000\n"
            "1,a,3,3.000000\n"
            "2,\"b, \"\"c\"\"\",1,1.000000\n"
            "2,a,0,0.000000\n");
}

TEST(PlanSeconds, ACallOnTheTestsEndHasASecondOfItsOwn) {
  EXPECT_EQ(Seconds(PlanOf({ListInstance("a", {1}, 1)}, 1)),
            "second,instance,planned,expected\n"
            "0,a,0,0.000000\n"
            "1,a,1,1.000000\n");
}

TEST(PlanSeconds, AnUnfinishedSecondHasARow) {
  const std::string text = Seconds(PlanOf({ListInstance("a", {}, 1.25)}, 1.25));
  EXPECT_EQ(text,
            "second,instance,planned,expected\n"
            "0,a,0,0.000000\n"
            "1,a,0,0.000000\n");
}

// By hand. 4t until 2, then 1: the integrals of a second are 2, 6, 1, 0.5. The
// window [0.5, 1.75) cuts 4t to 2 - 0.5 and 2 (1.75^2 - 1) = 4.125. A spike
// inside adds its calls; one outside does not.
TEST(PlanSeconds, ExpectedIsTheIntegralOfTheRateWithinTheWindow) {
  const RateShape rate = Points({{0, 0}, {2, 8}, {2, 1}});
  InstancePlan whole = RateInstance("whole", ArrivalKind::kUniform, rate, 3.5);
  InstancePlan cut = RateInstance("cut", ArrivalKind::kPoisson, rate, 3.5);
  cut.arrivals.window_start_s = 0.5;
  cut.arrivals.window_end_s = 1.75;
  cut.arrivals.spikes = {{0.25, 1000}, {1.5, 7}};
  EXPECT_THAT(ExpectedOf(PlanOf({whole, cut}, 3.5)),
              ElementsAre(std::pair("0,cut", 1.5), std::pair("0,whole", 2),
                          std::pair("1,cut", 11.125), std::pair("1,whole", 6),
                          std::pair("2,cut", 0), std::pair("2,whole", 1),
                          std::pair("3,cut", 0), std::pair("3,whole", 0.5)));
}

TEST(PlanSeconds, AVersionExpectsItsPart) {
  InstancePlan instance =
      RateInstance("x", ArrivalKind::kPoisson, Points({{0, 0}, {2, 8}}), 2);
  instance.arrivals.spikes = {{1.5, 8}};
  const auto expected = [&](Pairing pairing) {
    return ExpectedOf(PlanOf(VersionsOf(instance, 2, pairing), 2));
  };
  EXPECT_THAT(expected(Pairing::kBoth),
              ElementsAre(std::pair("0,x@0", 2), std::pair("0,x@1", 2),
                          std::pair("1,x@0", 14), std::pair("1,x@1", 14)));
  EXPECT_THAT(expected(Pairing::kSplit),
              ElementsAre(std::pair("0,x@0", 1), std::pair("0,x@1", 1),
                          std::pair("1,x@0", 7), std::pair("1,x@1", 7)));
}

TEST(PlanSeconds, CountsAreThoseOfTheCensusAndNearTheExpected) {
  InstancePlan bursts = RateInstance("bursts", ArrivalKind::kPoisson, 20, 100);
  bursts.arrivals.bursts = Bursts{200, 3, 10};
  InstancePlan gamma = RateInstance("gamma", ArrivalKind::kGamma,
                                    Points({{0, 0}, {50, 200}, {100, 0}}), 100);
  gamma.arrivals.law = GammaGaps(2);
  gamma.arrivals.spikes = {{10, 300}};
  const Plan plan = PlanOf({bursts, gamma}, 100);
  std::ostringstream out;
  const std::vector<uint64_t> counts = PrintSeconds(plan, out);
  const Census census = TakeCensus(plan, {});
  EXPECT_THAT(counts, ElementsAre(census.instances[0].count,
                                  census.instances[1].count));
  double of_bursts = 0;
  double of_gamma = 0;
  for (const auto& [key, expected] : ExpectedOf(plan)) {
    (absl::EndsWith(key, ",bursts") ? of_bursts : of_gamma) += expected;
  }
  EXPECT_NEAR(of_gamma, 10'000 + 300, 1e-3);
  // Five standard deviations.
  EXPECT_NEAR(static_cast<double>(counts[0]), of_bursts,
              5 * std::sqrt(of_bursts));
  EXPECT_GT(of_bursts, 20 * 100 + 200);
  EXPECT_NEAR(static_cast<double>(counts[1]), of_gamma, 5 * 2 * 100);
}

TEST(PlanSeconds, EndWhenTheStreamFails) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  PrintSeconds(
      PlanOf({RateInstance("a", ArrivalKind::kPoisson, 1'000'000, 31'622'400)},
             31'622'400),
      out);  // else it would write for days
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace invocator
