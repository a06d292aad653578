#include "coordinator/review/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/review/change_judgement.h"
#include "tests/support/kept_runs.h"
#include "tests/support/thresholds.h"

namespace invocator {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

KeptRun Run(std::string folder, RunReport report) {
  KeptRun run;
  run.folder = std::move(folder);
  run.report = std::move(report);
  run.thresholds.instances.resize(run.report.instances.size());
  return run;
}

// Runs whose slowest response took these milliseconds.
std::vector<KeptRun> RunsWithTails(std::initializer_list<int64_t> slowest_ms) {
  std::vector<KeptRun> runs;
  for (const int64_t ms : slowest_ms) {
    runs.push_back(
        Run(absl::StrCat("runs/", ms), ReportWithTails(ms * 1'000'000)));
  }
  return runs;
}

ChangeResult Judged(absl::string_view text, const std::vector<KeptRun>& runs) {
  const absl::StatusOr<ChangeLimit> limit =
      ParseChangeLimit(text, &NearestWord);
  EXPECT_TRUE(limit.ok()) << limit.status();
  return JudgeChanges({*limit}, runs).at(0);
}

TEST(ChangeJudgement, ComparesTheLastWithTheOneBefore) {
  const std::vector<KeptRun> runs = RunsWithTails({100, 110});
  EXPECT_TRUE(Judged("response max +9%", runs).is_beyond);
  EXPECT_FALSE(Judged("response max +10%", runs).is_beyond);
  EXPECT_TRUE(Judged("response max +9.9ms", runs).is_beyond);
  EXPECT_FALSE(Judged("response max +10ms", runs).is_beyond);
  EXPECT_FALSE(Judged("response max -1%", runs).is_beyond);
  EXPECT_THAT(Judged("response max +9%", runs).changes,
              ElementsAre("+10 %, 100 ms to 110 ms"));
}

TEST(ChangeJudgement, HoldsOnlyAgainstEveryEarlierRun) {
  EXPECT_TRUE(
      Judged("response max +5%", RunsWithTails({100, 104, 110})).is_beyond);
  EXPECT_FALSE(
      Judged("response max +5%", RunsWithTails({100, 106, 110})).is_beyond);
  // It would hold against the mean of 100 and 120.
  EXPECT_FALSE(
      Judged("response max +5%", RunsWithTails({100, 120, 121})).is_beyond);
}

TEST(ChangeJudgement, CountsAreComparedAsShares) {
  std::vector<KeptRun> runs = RunsWithTails({100, 100});
  // 90 of 100 before, 45 of 50 after.
  Totals& total = runs[1].report.total;
  total.planned = total.sent = 50;
  total.Of(Outcome::kOk) = 45;
  total.Of(Outcome::kThrottled) = 5;
  EXPECT_FALSE(Judged("ok -0pp", runs).is_beyond);
  EXPECT_FALSE(Judged("throttled +0%", runs).is_beyond);
  total.Of(Outcome::kOk) = 44;
  total.Of(Outcome::kThrottled) = 6;
  EXPECT_TRUE(Judged("ok -1.9pp", runs).is_beyond);
  EXPECT_FALSE(Judged("ok -2pp", runs).is_beyond);
  EXPECT_TRUE(Judged("throttled +19%", runs).is_beyond);
}

TEST(ChangeJudgement, NoDataInEitherRunHolds) {
  std::vector<KeptRun> runs = RunsWithTails({100, 100});
  EXPECT_TRUE(Judged("init p50 +5%", runs).is_beyond);
  EXPECT_THAT(Judged("init p50 +5%", runs).changes,
              ElementsAre("no data: no calls in run 1"));
  runs[0].report.total.init.Add(1'000'000);
  EXPECT_TRUE(Judged("init p50 +5%", runs).is_beyond);
  EXPECT_THAT(Judged("init p50 +5%", runs).changes,
              ElementsAre("no data: no calls in run 2"));
  runs[1].report.total.init.Add(1'000'000);
  EXPECT_FALSE(Judged("init p50 +5%", runs).is_beyond);
}

TEST(ChangeJudgement, CostsInOtherCurrenciesDoNotCompare) {
  std::vector<KeptRun> runs = RunsWithTails({100, 100});
  for (KeptRun& run : runs) {
    run.report.cost.emplace();
    run.report.cost->currency = "USD";
    run.report.cost->applies = true;
    run.report.cost->total_nano = 7;
    run.report.cost->requests = 1;
  }
  EXPECT_FALSE(Judged("cost +5%", runs).is_beyond);
  runs[1].report.cost->currency = "EUR";
  EXPECT_TRUE(Judged("cost +5%", runs).is_beyond);
}

TEST(ChangeLines, NameLimitsAndRuns) {
  const std::vector<KeptRun> runs = RunsWithTails({100, 110});
  const std::vector<ChangeResult> results = {Judged("response max +9%", runs),
                                             Judged("ok -0.5pp", runs)};
  EXPECT_EQ(
      ChangeLines(results),
      "fail-if      1 of 2 hold\n"
      "  HOLDS      response max +9%  from run 1: +10 %, 100 ms to 110 ms\n"
      "  no         ok -0.5pp         from run 1: +0 pp, 90.00 % to 90.00 %\n");
  EXPECT_EQ(ChangeLines({}), "");
}

TEST(Comparison, ShowsRunsSideBySide) {
  const std::string text = ComparisonText(RunsWithTails({100, 110}));
  EXPECT_THAT(text, HasSubstr("run 1        runs/100: sample, "
                              "2023-11-14T22:13:20Z, schedule marginal\n"));
  EXPECT_THAT(text, HasSubstr("schedule     the same: 000000000001fdda\n"));
  EXPECT_THAT(text, Not(HasSubstr("differs")));
  EXPECT_THAT(text, ContainsRegex("\nsent +100 +100 +\\+0\n"));
  EXPECT_THAT(text, ContainsRegex("\nok +90.00 % +90.00 % +\\+0.00 pp\n"));
  EXPECT_THAT(text, ContainsRegex("\nthrottled +10 +10 +\\+0\n"));
  EXPECT_THAT(text,
              ContainsRegex("\nresponse max +100 ms +110 ms +\\+10.0 %\n"));
  EXPECT_THAT(text, ContainsRegex("\nbeta +100 ms +110 ms +\\+10.0 %\n"));
  EXPECT_THAT(text, Not(HasSubstr("timeout")));
  EXPECT_THAT(text, Not(HasSubstr("cold")));
}

TEST(Comparison, ChangesFromSeveralRunsAreARange) {
  const std::string text = ComparisonText(RunsWithTails({100, 110, 121}));
  EXPECT_THAT(text, ContainsRegex("\nresponse max +100 ms +110 ms +121 ms +"
                                  "\\+10.0 % .. \\+21.0 %\n"));
}

TEST(Comparison, NamesWhatWasNotTheSame) {
  std::vector<KeptRun> runs = RunsWithTails({100, 100});
  RunReport& report = runs[1].report;
  report.seed = 7;
  report.planned_span_s = 20;
  report.total.planned_digest = 1;
  report.interrupted = true;
  report.book_errors = {"one"};
  report.instances[1].first = "b\x1b[2J\nta";
  const std::string text = ComparisonText(runs);
  EXPECT_THAT(text, HasSubstr("schedule     not the same"));
  EXPECT_THAT(text, HasSubstr("differs      seed 4294967295, 7\n"));
  EXPECT_THAT(text, HasSubstr("differs      duration 10 s, 20 s\n"));
  EXPECT_THAT(text, HasSubstr("INTERRUPTED, BOOKS DO NOT BALANCE"));
  EXPECT_THAT(text, HasSubstr("instances    run 1 lacks b\uFFFD[2J ta\n"));
  EXPECT_THAT(text, HasSubstr("instances    run 2 lacks beta\n"));
  // Only common instances have a row.
  EXPECT_THAT(text, Not(HasSubstr("\nbeta")));
  EXPECT_THAT(text, HasSubstr("\nalpha "));
}

TEST(Comparison, ShowsAtMostTwentyInstances) {
  std::vector<KeptRun> runs = RunsWithTails({100, 100});
  for (KeptRun& run : runs) {
    for (int i = 0; i < 30; ++i) {
      run.report.instances.emplace_back(absl::StrCat("more", i),
                                        SampleTotals(1, 0));
    }
  }
  const std::string text = ComparisonText(runs);
  EXPECT_THAT(text, HasSubstr("\nmore17 "));
  EXPECT_THAT(text, Not(HasSubstr("\nmore18 ")));
  EXPECT_THAT(text, HasSubstr("... and 12 instances more, see summary.json\n"));
}

TEST(Comparison, JudgesTheThresholdsOfEachRun) {
  std::vector<KeptRun> runs = RunsWithTails({100, 110});
  runs[0].thresholds.run = {ParsedThreshold("response max < 105ms")};
  runs[1].thresholds.run = {ParsedThreshold("response max < 105ms"),
                            ParsedThreshold("ok >= 90%")};
  const std::string text = ComparisonText(runs);
  EXPECT_THAT(text, ContainsRegex("\nthresholds +1 of 1 met +1 of 2 met\n"));
  EXPECT_THAT(text, ContainsRegex("\n  run: response max < 105ms +met, 100 ms "
                                  "+missed, 110 ms\n"));
  EXPECT_THAT(text, ContainsRegex("\n  run: ok >= 90% +- +met, 90.00 %\n"));
}

}  // namespace
}  // namespace invocator
