#include "coordinator/forecast/check_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/support/plans.h"
#include "tests/support/versions.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

InstancePlan RateInstance(std::string name, ArrivalKind kind, double rate_per_s,
                          double duration_s) {
  InstancePlan instance = ListInstance(std::move(name), {}, duration_s);
  instance.arrivals.kind = kind;
  instance.arrivals.seed = 5;
  instance.arrivals.rate = rate_per_s;
  return instance;
}

std::string LineOf(const std::string& report, const std::string& start) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(start, 0) == 0) return line;
  }
  return "";
}

TEST(CheckReport, EveryInstanceHasARow) {
  InstancePlan gamma = RateInstance("gamma", ArrivalKind::kGamma, 100, 100);
  gamma.arrivals.law = GammaGaps(3);
  std::ostringstream out;
  const Plan plan =
      PlanOf({gamma, RateInstance("even", ArrivalKind::kUniform, 5, 100),
              RateInstance("few", ArrivalKind::kPoisson, 0.01, 100),
              ListInstance("list", {1, 2}, 100)},
             100);
  EXPECT_THAT(PrintChecks(plan, CheckSchedules(plan), out), IsEmpty());
  const std::string report = out.str();
  EXPECT_THAT(LineOf(report, "instance"),
              MatchesRegex("instance +arrivals +tested +distance +p-value "
                           "+dispersion +verdict"));
  EXPECT_THAT(LineOf(report, "gamma"),
              MatchesRegex("gamma +Gamma, cv 3 +[0-9]+ +0\\.0[0-9]+ "
                           "+0\\.[0-9]+ +[0-9]\\.[0-9]+  fits"));
  EXPECT_THAT(LineOf(report, "even"),
              MatchesRegex("even +Uniform +[0-9]+ +0\\.000000 +1\\.000 "
                           "+0\\.00[0-9]  fits"));
  EXPECT_THAT(LineOf(report, "few"),
              MatchesRegex("few +Poisson +[0-9] +- +- +-  too few"));
  EXPECT_THAT(LineOf(report, "list"),
              MatchesRegex("list +list +- +- +- +0\\.[0-9]+  given"));
  EXPECT_THAT(report, Not(HasSubstr("chosen at random")));
}

TEST(CheckReport, AnUnlikelyScheduleIsWarnedOf) {
  const Plan plan = PlanOf({RateInstance("good", ArrivalKind::kPoisson, 1, 100),
                            RateInstance("bad", ArrivalKind::kPoisson, 1, 100)},
                           100);
  ScheduleCheck good;
  good.values = good.tested = 100;
  good.distance = 0.05;
  good.p_value = 1e-4;
  good.verdict = ScheduleVerdict::kFits;
  ScheduleCheck bad;
  bad.values = 1'500'000;
  bad.tested = 1'000'000;
  bad.distance = 0.0123456789;
  bad.p_value = 1.23e-9;
  bad.verdict = ScheduleVerdict::kUnlikely;
  std::ostringstream out;
  EXPECT_THAT(PrintChecks(plan, {good, bad}, out),
              ElementsAre("instance \"bad\": its schedule is unlikely for its "
                          "specification: distance 0.012346, p-value 1.2e-09"));
  EXPECT_THAT(LineOf(out.str(), "good"),
              MatchesRegex("good +Poisson +100 +0.050000 +1.0e-04 +-  fits"));
  EXPECT_THAT(LineOf(out.str(), "bad"),
              MatchesRegex("bad +Poisson +1000000 +0.012346 +1.2e-09 +-  "
                           "unlikely"));
  EXPECT_THAT(out.str(),
              HasSubstr("\nInstances with more gaps or positions: 1000000 "
                        "chosen at random, the same every time."));
}

// Rounds of two leave no version with its instance's gaps.
TEST(CheckReport, VersionsAreTestedByTheScheduleThatTheyShare) {
  const InstancePlan alone =
      RateInstance("alone", ArrivalKind::kPoisson, 100, 100);
  InstancePlan split = alone;
  split.name = "split";
  Plan plan = PlanOf({alone}, 100);
  Append(VersionsOf(split, 2, Pairing::kSplit), plan);
  Append(VersionsOf(RateInstance("both", ArrivalKind::kUniform, 5, 100), 2,
                    Pairing::kBoth),
         plan);
  // The stream is named like the instance without versions.
  const std::vector<ScheduleCheck> checks = CheckSchedules(plan);
  for (const size_t i : {1u, 2u}) {
    EXPECT_EQ(checks[i].values, checks[0].values);
    EXPECT_EQ(checks[i].distance, checks[0].distance);
    EXPECT_EQ(checks[i].verdict, ScheduleVerdict::kFits);
  }
  std::ostringstream out;
  EXPECT_THAT(PrintChecks(plan, checks, out), IsEmpty());
  EXPECT_THAT(out.str(), HasSubstr("Versions of one instance have one "
                                   "schedule, which is tested as a whole.\n"));
  std::ostringstream none;
  const Plan without = PlanOf({alone}, 100);
  PrintChecks(without, CheckSchedules(without), none);
  EXPECT_THAT(none.str(), Not(HasSubstr("Versions")));
}

}  // namespace
}  // namespace invocator
