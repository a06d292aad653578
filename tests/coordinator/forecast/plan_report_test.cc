#include "coordinator/forecast/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "coordinator/cost/price_table.h"
#include "coordinator/memory/memory_size.h"
#include "coordinator/workload/workload.h"

namespace invocator {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Plan PlanOf(const std::string& test, const std::string& instances) {
  absl::StatusOr<LoadedWorkload> workload = ParseWorkload(
      "{\"test_name\": \"t\", \"random_seed\": 3, " + test +
          ", \"instances\": {" + instances + "}}",
      "w.json", "",
      {.default_region = "us-east-1", .draw_seed = [] { return 0u; }});
  EXPECT_TRUE(workload.ok()) << workload.status().message();
  return workload.ok() ? workload->plan : Plan();
}

std::string Report(const Plan& plan, size_t workers, size_t threads,
                   const MemorySizeOption& memory = {},
                   const PlanEffects& effects = {}) {
  std::ostringstream out;
  PrintPlan(plan,
            {.workers = workers,
             .threads = threads,
             .pricing = {*LoadPrices(""), memory},
             .effects = effects,
             .bars = ChartBars::kBlocks},
            out);
  return out.str();
}

std::string Events(const Plan& plan, size_t workers) {
  std::ostringstream out;
  PrintEvents(plan, workers, out);
  return out.str();
}

// The digest was computed apart from this code, from common/plan/digest.h's
// words.
TEST(PlanReport, TellsWhatWillHappen) {
  const Plan plan = PlanOf(R"("test_duration_in_seconds": 10)",
                           R"("burst": {"host": "h", "auth": "none",
                   "interarrivals_list": [1, 0, 0, 0.25, 8.75]},
         "nothing": {"host": "h", "auth": "none", "distribution": "Uniform",
                     "rate": 0, "activity_window": [2, 4]},
         "späte": {"host": "h", "auth": "none", "interarrivals_list": [9]})");
  EXPECT_EQ(Report(plan, 1, 2),
            R"(t: 10 s, random_seed 3, arrivals independent, open loop

instance  count  expected   first s     last s  mean /s  peak /s  worker
burst         5       5.0  1.000000  10.000000     0.50        4  0
nothing       0       0.0         -          -     0.00        0  0
späte         1       1.0  9.000000   9.000000     0.10        1  0
total         6       6.0  1.000000  10.000000     0.60        4

calls per second over time, each line on its own scale; bins of 0.2 s

burst       █▃                                          ▃  peak 4/s
späte                                               █      peak 1/s
       0 s                                           10 s

worker  instances  count    share  mean /s  engines  busiest engine
0               3      6  100.0 %     0.60        2  4 (66.7 %)

schedule digest 3764c5afb7f7f5ca
)");
}

TEST(PlanReport, TellsEffectsAfterTheDigest) {
  const Plan plan = PlanOf(R"("test_duration_in_seconds": 10)",
                           R"("a": {"host": "h", "auth": "none",
                                    "interarrivals_list": [1]})");
  const std::string plain = Report(plan, 1, 1);
  EXPECT_EQ(Report(plan, 1, 1, {}, {"calls of a go to b", "will set c"}),
            plain + "calls of a go to b\nwill set c\n");
}

TEST(PlanReport, WarningsAreReturnedAndNotPrinted) {
  const Plan plan = PlanOf(R"("test_duration_in_seconds": 10)",
                           R"("a": {"host": "h", "auth": "none",
                             "distribution": "Uniform", "rate": 0.01})");
  std::ostringstream out;
  const PlanReportOptions options = {
      .workers = 2, .pricing = {*LoadPrices(""), {}}, .effects = {}};
  EXPECT_THAT(PrintPlan(plan, options, out),
              ElementsAre(HasSubstr("are planned for \"a\", although"),
                          HasSubstr("no invocations are planned: a run")));
  EXPECT_THAT(out.str(), EndsWith("\nschedule digest 0000000000000000\n"));
}

// By hand: the integral of 2t over [2, 8] is 60, and 5 of the spikes' calls are
// within the window, whose 6 s the mean is over.
TEST(PlanReport, TellsWhatTheRateLetsExpect) {
  const Plan plan = PlanOf(R"("test_duration_in_seconds": 10)",
                           R"("ramp": {"host": "h", "auth": "none",
           "distribution": "Uniform", "rate": [[0, 0], [10, 20]],
           "activity_window": [2, 8], "spikes": [[1, 50], [5, 5]]})");
  EXPECT_THAT(Report(plan, 1, 1),
              ContainsRegex("\nramp +6[456] +65\\.0 +2\\.[0-9]+ +7\\.[0-9]+ "
                            "+(10\\.67|10\\.83|11\\.00) +[0-9]+  0\n"));
}

// A list's is over the test, that of counts over the window.
TEST(PlanReport, MeanRatesAreOverTheTimeWithCalls) {
  Plan plan = PlanOf(R"("test_duration_in_seconds": 10)",
                     R"("list": {"host": "h", "auth": "none",
                                 "interarrivals_list": [3, 1, 1, 1]},
                        "counts": {"host": "h", "auth": "none",
                                   "interarrivals_list": []})");
  ASSERT_EQ(plan.instances.size(), 2u);
  plan.instances[0].arrivals.window_start_s = 2;
  plan.instances[0].arrivals.window_end_s = 6;
  ArrivalSpec& counts = plan.instances[1].arrivals;
  counts.kind = ArrivalKind::kCounts;
  counts.counts = {.counts = {5, 5, 3, 3, 3, 3, 5}, .bin_s = 1, .even = true};
  counts.window_start_s = 2;
  counts.window_end_s = 6;
  const std::string report = Report(plan, 1, 1);
  EXPECT_THAT(report, ContainsRegex("\nlist +4 +4\\.0 .* 0\\.40 +1  0\n"));
  EXPECT_THAT(report, ContainsRegex("\ncounts +12 +12\\.0 .* 3\\.00 +3  0\n"));
}

TEST(PlanReport, SaysHowAnInstanceIsSplit) {
  const std::string report = Report(
      PlanOf(R"("test_duration_in_seconds": 10)",
             R"("a": {"host": "h", "auth": "none", "distribution": "Uniform",
                      "rate": 10.1})"),
      3, 1);
  EXPECT_THAT(report, HasSubstr("0: 34, 1: 33, 2: 33\n"));
}

TEST(PlanReport, ABlockingInstanceIsNeverSplit) {
  const std::string report = Report(
      PlanOf(R"("test_duration_in_seconds": 10, "blocking_cli": true)",
             R"("a": {"host": "h", "auth": "none", "distribution": "Uniform",
                      "rate": 10})"),
      3, 2);
  EXPECT_THAT(report, HasSubstr("closed loop"));
  EXPECT_THAT(report, HasSubstr("(100.0 %)\n"));
}

// 10 calls of API Gateway and Lambda: 10 * (3.50 + 0.20) / 1e6; and with 128
// MB, 10 * 0.1 s * 0.125 GB * 0.0000166667 = 0.00000208333.
TEST(PlanReport, TellsTheCostOfEveryMemorySize) {
  const Plan plan =
      PlanOf(R"("test_duration_in_seconds": 10)",
             R"("a": {"host": "x.execute-api.us-east-1.amazonaws.com",
               "application": "f", "expected_duration_ms": 99.5,
               "interarrivals_list": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]})");
  EXPECT_THAT(Report(plan, 1, 1),
              HasSubstr("\ncost with 128 MB about 0.0000391 USD: 10 requests "
                        "0.0000370, 0.125 GB-s 0.00000208\n"
                        "     list prices of us-east-1 as of "));
  const std::string both = Report(plan, 1, 1, {{128, 1024}, true});
  EXPECT_THAT(both, HasSubstr("\ncost with 128 MB about 0.0000391 USD: "));
  EXPECT_THAT(both, HasSubstr("\ncost with 1024 MB about 0.0000537 USD: "));
  EXPECT_THAT(both, Not(HasSubstr("expected_duration_ms beside")));
  const std::string keep = Report(plan, 1, 1, {{}, true});
  EXPECT_THAT(keep, HasSubstr("\ncost at least 0.0000370 USD: 10 requests "
                              "0.0000370, without their GB-s\n"));
  EXPECT_THAT(keep, HasSubstr("memory size of 10 calls unknown"));
}

TEST(PlanReport, SaysWhatAddsTheDurationsToTheCost) {
  const Plan plan =
      PlanOf(R"("test_duration_in_seconds": 10)",
             R"("a": {"host": "x.execute-api.us-east-1.amazonaws.com",
               "application": "f", "interarrivals_list": [1]})");
  const std::string report = Report(plan, 1, 1, {{128, 1024}, true});
  EXPECT_THAT(report, HasSubstr("\ncost at least 0.00000370 USD: 1 request "));
  EXPECT_EQ(report.find("\ncost"), report.rfind("\ncost"));
  EXPECT_THAT(report, HasSubstr("expected_duration_ms beside an instance"));
}

TEST(PlanEvents, AreCsvWithNineDecimalsSortedByTime) {
  const Plan plan = PlanOf(R"("test_duration_in_seconds": 100)",
                           R"("b, \"c\"": {"host": "h", "auth": "none",
                      "interarrivals_list": [0, 0.000000001, 99]},
         "a": {"host": "h", "auth": "none",
               "interarrivals_list": [0, 12.345678901]})");
  EXPECT_EQ(Events(plan, 1),
            "time_s,instance,sequence,worker\n"
            "0.000000000,\"b, \"\"c\"\"\",0,0\n"
            "0.000000000,a,0,0\n"
            "0.000000001,\"b, \"\"c\"\"\",1,0\n"
            "12.345678901,a,1,0\n"
            "99.000000001,\"b, \"\"c\"\"\",2,0\n");
}

TEST(PlanEvents, OnlyTheWorkerColumnDependsOnTheNumberOfWorkers) {
  const Plan plan =
      PlanOf(R"("test_duration_in_seconds": 20)",
             R"("a": {"host": "h", "auth": "none", "distribution": "Poisson",
               "rate": 500},
         "b": {"host": "h", "auth": "none", "distribution": "Uniform",
               "rate": 31})");
  auto without_worker = [&](size_t workers) {
    std::istringstream lines(Events(plan, workers));
    std::string all;
    for (std::string line; std::getline(lines, line);) {
      all += line.substr(0, line.rfind(',')) + "\n";
    }
    return all;
  };
  const std::string one = without_worker(1);
  EXPECT_GT(one.size(), 10'000u * 20);
  for (size_t workers : {2u, 3u, 7u}) {
    EXPECT_EQ(without_worker(workers), one);
    EXPECT_NE(Events(plan, workers), Events(plan, 1));
  }
}

TEST(PlanEvents, AnInstanceNameLongerThanTheBufferAllowsIsStillWhole) {
  Plan plan = PlanOf(R"("test_duration_in_seconds": 1)",
                     R"("a": {"host": "h", "auth": "none",
                              "interarrivals_list": [0]})");
  plan.instances[0].name = std::string(200'000, 'n');
  EXPECT_EQ(Events(plan, 1).size(),
            std::string("time_s,instance,sequence,worker\n").size() + 200'000 +
                std::string("0.000000000,,0,0\n").size());
}

// The order is that of tests/end_to_end/version_coin.py.
TEST(PlanEvents, VersionsGoByTheirCoin) {
  const Plan plan = PlanOf(R"("test_duration_in_seconds": 10)",
                           R"("x": {"host": "h", "auth": "none",
          "interarrivals_list": [1, 1, 0, 0], "versions": {"a": {}, "b": {}}},
        "y": {"host": "h", "auth": "none", "interarrivals_list": [2]})");
  EXPECT_EQ(Events(plan, 2),
            "time_s,instance,sequence,worker\n"
            "1.000000000,x@a,0,0\n"
            "1.000000000,x@b,0,0\n"
            "2.000000000,x@a,1,1\n"
            "2.000000000,x@b,1,1\n"
            "2.000000000,x@a,2,0\n"
            "2.000000000,x@b,2,0\n"
            "2.000000000,x@b,3,1\n"
            "2.000000000,x@a,3,1\n"
            "2.000000000,y,0,0\n");
}

TEST(PlanEvents, EndWhenTheStreamFails) {
  const Plan plan = PlanOf(R"("test_duration_in_seconds": 31622400)",
                           R"("a": {"host": "h", "auth": "none",
                                "distribution": "Poisson", "rate": 1000000})");
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  PrintEvents(plan, 1, out);  // else it would write for days
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace invocator
