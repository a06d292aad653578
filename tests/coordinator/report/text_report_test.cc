#include "coordinator/report/text_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"
#include "tests/support/reports.h"

namespace invocator {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(TextReportTest, ReadsLikeThis) {
  EXPECT_EQ(
      TextReport(SampleReport()),
      R"(sample: 2 instances, 1 worker, 2 engines in 12.5 s, seed 4294967295

                planned       sent         ok     not ok    dropped     unsent        p99
alpha                70         70         60         10          0          0    20.1 ms
beta                 30         30         30          0          0          0    20.1 ms
total               100        100         90         10          0          0    20.1 ms

rate         planned 10.0/s, sent 10.0/s, completed 8.0/s
outcomes     ok 90, throttled 10
schedule     000000000001fdda, sent is equal to planned

                   mean        p50        p90        p99      p99.9     p99.99        max
lateness         100 us     100 us     100 us     100 us     100 us     100 us     100 us
first byte      17.5 ms    19.0 ms    19.0 ms    19.0 ms    19.0 ms    19.0 ms    19.0 ms
service         18.5 ms    20.0 ms    20.0 ms    20.0 ms    20.0 ms    20.0 ms    20.0 ms
response        18.6 ms    20.1 ms    20.1 ms    20.1 ms    20.1 ms    20.1 ms    20.1 ms

verdict      marginal: one thing; another
result       schedule marginal; 90 of 100 calls succeeded
)");
}

TEST(TextReportTest, WithAWarmUpItReadsLikeThis) {
  EXPECT_EQ(
      TextReport(SampleReportWithWarmup()),
      R"(sample: 2 instances, 1 worker, 2 engines in 12.5 s, seed 4294967295

                planned       sent         ok     not ok    dropped     unsent        p99
alpha                90         90         80         10          0          0    20.1 ms
beta                 60         60         30         30          0          0    20.1 ms
total               150        150        110         40          0          0    20.1 ms
warm-up      2 s with 50 calls, excluded from rates and latencies

rate         planned 12.5/s, sent 12.5/s, completed 9.5/s
outcomes     ok 110, throttled 40
schedule     00000000000215b6, sent is equal to planned

                   mean        p50        p90        p99      p99.9     p99.99        max
lateness         100 us     100 us     100 us     100 us     100 us     100 us     100 us
first byte      17.5 ms    19.0 ms    19.0 ms    19.0 ms    19.0 ms    19.0 ms    19.0 ms
service         18.5 ms    20.0 ms    20.0 ms    20.0 ms    20.0 ms    20.0 ms    20.0 ms
response        18.6 ms    20.1 ms    20.1 ms    20.1 ms    20.1 ms    20.1 ms    20.1 ms

verdict      marginal: one thing; another
result       schedule marginal; 110 of 150 calls succeeded
)");
}

TEST(TextReportTest, TheLastLineSaysWhetherCallsSucceeded) {
  RunReport report = SampleReport();
  report.verdict = {VerdictState::kKept, {"on time"}};
  report.total.planned = 34;
  report.total.outcomes = {};
  report.total.outcomes[static_cast<size_t>(Outcome::kTlsError)] = 34;
  report.book_errors = {"wrong"};
  EXPECT_THAT(TextReport(report),
              testing::EndsWith("\nBOOKS        wrong\nresult       schedule "
                                "kept; 0 of 34 calls succeeded\n"));
  report.total.outcomes[static_cast<size_t>(Outcome::kTlsError)] = 3;
  report.total.outcomes[static_cast<size_t>(Outcome::kOk)] = 31;
  EXPECT_THAT(TextReport(report),
              testing::EndsWith("schedule kept; 31 of 34 calls succeeded\n"));
}

TEST(TextReportTest, ABlockingPlanShowsWhatItWaitedFor) {
  RunReport report = SampleReport();
  EXPECT_THAT(TextReport(report), Not(HasSubstr("blocked")));
  report.total.own_lateness.Add(20'000);
  report.total.blocked.Add(80'000);
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("\n  own           20.0 us"));
  EXPECT_THAT(text, HasSubstr("\n  blocked       80.0 us"));
}

TEST(TextReportTest, ColdAndWarmHaveRowsWhereAnyIsKnown) {
  RunReport report = SampleReport();
  EXPECT_THAT(TextReport(report), Not(HasSubstr("cold")));
  report.total.warm = 3;
  report.total.warm_service.Add(20'000'000, 3);
  report.total.warm_response.Add(21'000'000, 3);
  EXPECT_THAT(TextReport(report), HasSubstr("\n  warm          20.0 ms"));
  EXPECT_THAT(TextReport(report), Not(HasSubstr("\n  cold ")));
  report.total.cold = 1;
  report.total.cold_service.Add(300'000'000);
  report.total.cold_response.Add(310'000'000);
  report.total.init.Add(250'000'000);
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("\ncold starts  1 of 4 known\n"));
  EXPECT_THAT(text, HasSubstr("\n  cold           300 ms"));
  EXPECT_THAT(text, HasSubstr("\n  init           250 ms"));
  EXPECT_THAT(text, HasSubstr("\n  warm          21.0 ms"));
}

TEST(TextReportTest, WhatIsBilledIsSummedUp) {
  RunReport report = SampleReport();
  report.total.billed_count = 4;
  report.total.billed_ms = 1'026;
  report.total.billed_mb_ms = 1'026 * 128;
  report.total.memory_used_mb = 80;
  EXPECT_THAT(TextReport(report),
              HasSubstr("\nbilled       256.5 ms mean, 1026 ms and 0.128 GB-s "
                        "in 4 invocations, at most 80 MB used\n"));
}

TEST(TextReportTest, ARunThatWasStoppedSaysWhy) {
  RunReport report = SampleReport();
  report.stopped = "all were refused";
  report.failures.push_back({Reason::kForbidden, 6, "", "", {}});
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("\nSTOPPED      all were refused\n"));
  EXPECT_THAT(text, HasSubstr("\nfailures     auth_error, forbidden 6: "));
}

PrecisionResult Goal(const char* text) {
  PrecisionResult result;
  result.goal = *ParsePrecisionGoal(
      text, [](auto, auto) { return std::optional<absl::string_view>(); });
  return result;
}

TEST(TextReportTest, AGoalThatIsKnownHasItsIntervalAndTheEnd) {
  RunReport report = SampleReport();
  PrecisionResult& known =
      report.until.emplace_back(Goal("response p99 within 5%"));
  Interval interval;
  interval.estimate = 212e6;
  interval.low = 205e6;
  interval.high = 219e6;
  known.looks = {{30, interval, true}, {60, interval, true}};
  report.planned_span_s = 120;
  report.stopped_at_s = 63;
  report.workers[0].stopped_at_s = 64.5;
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("\nuntil        response p99 within 5%: known, "
                              "212 ms (99 %: 205 ms .. 219 ms) at 60 s\n"
                              "ended early  at 63 s of 120 s\n"
                              "ended early  worker "));
  EXPECT_THAT(text, HasSubstr(" at 64.500 s: the order came too late\n"));
}

TEST(TextReportTest, AGoalThatIsNotKnownSaysWhy) {
  RunReport report = SampleReport();
  report.until = {Goal("response p99 within 5%"), Goal("service p50 within 1%"),
                  Goal("lateness mean within 1%")};
  Interval few;
  few.estimate = 1e6;
  few.low = 9e5;
  few.unknown = Unknown::kFewCalls;
  few.needed_calls = 700;
  report.until[0].looks = {{30, few, false}};
  Interval narrow;
  narrow.estimate = narrow.low.emplace(1e6);
  narrow.high = 1e6;
  report.until[1].looks = {{30, few, false}, {60, narrow, true}};
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("response p99 within 5%: not known, needs about "
                              "700 calls at 30 s\n"));
  EXPECT_THAT(text, HasSubstr("service p50 within 1%: not known, at one look "
                              "only: 1.00 ms (99 %: 1.00 ms .. 1.00 ms) at 60 "
                              "s\n"));
  EXPECT_THAT(text, HasSubstr("lateness mean within 1%: not known: fewer than "
                              "30 bins were played after the warm-up\n"));
  EXPECT_THAT(text, Not(HasSubstr("ended early")));
}

TEST(TextReportTest, OneInstanceHasNoRowBesideTheTotal) {
  RunReport report = SampleReport();
  report.instances.pop_back();
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("1 instance, "));
  EXPECT_THAT(text, Not(HasSubstr("alpha")));
}

TEST(TextReportTest, ManyInstancesAreSummedUp) {
  RunReport report = SampleReport();
  for (int i = 0; i < 25; ++i) {
    report.instances.emplace_back(absl::StrCat("more-", i), SampleTotals(1, 0));
  }
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("more-17 "));  // the twentieth
  EXPECT_THAT(text, Not(HasSubstr("more-18")));
  EXPECT_THAT(text, HasSubstr("... and 7 instances more, see summary.json\n"));
}

TEST(TextReportTest, CostAndWhatItAssumesAreOneLineEach) {
  RunReport report = SampleReport();
  EXPECT_THAT(TextReport(report), Not(HasSubstr("\ncost")));
  Cost cost;
  cost.currency = "USD";
  cost.assumptions = {"one", "two"};
  report.cost = cost;
  EXPECT_THAT(TextReport(report), Not(HasSubstr("\ncost")));
  report.cost->applies = true;
  EXPECT_THAT(TextReport(report),
              HasSubstr("\ncost         0 USD: 0 requests 0\n"
                        "             one; two\n\n"));
}

TEST(TextReportTest, LongNamesAreCut) {
  RunReport report = SampleReport();
  report.instances[0].first = std::string(40, 'n');
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("\n" + std::string(32, 'n') + " "));
}

TEST(TextReportTest, WhatWentWrongIsSaid) {
  RunReport report = SampleReport();
  report.interrupted = true;
  report.total.sent_digest = 1;
  report.book_errors = {"total: planned 3 is not ..."};
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("seed 4294967295, INTERRUPTED\n"));
  EXPECT_THAT(text, HasSubstr("000000000001fdda planned, "
                              "0000000000000001 sent"));
  EXPECT_THAT(text, HasSubstr("BOOKS        total: planned 3 is not ...\n"));
}

TEST(TextReportTest, AnEmptyRunHasNoOutcomes) {
  RunReport report;
  report.verdict.reasons = {"nothing was planned"};
  EXPECT_THAT(TextReport(report), HasSubstr("outcomes     none\n"));
}

TEST(TextReportTest, ColumnsLineUpWhateverTheScriptOfNames) {
  RunReport report = SampleReport();
  report.instances[0].first = "\u65e5\u672c\u8a9e";  // six columns wide
  report.instances[1].first = "e\u0301";             // one
  const std::string text = TextReport(report);
  EXPECT_THAT(text, HasSubstr("\n\u65e5\u672c\u8a9e               70 "));
  EXPECT_THAT(text, HasSubstr("\ne\u0301                    30 "));
}

TEST(TextReportTest, NothingInItForgesALineOrReachesTheTerminalRaw) {
  const std::string foreign = "a\nverdict      kept\x1b[2J\xC2\x9B\xff\u202E";
  const std::string clean = "a verdict      kept\uFFFD[2J\uFFFD\uFFFD\uFFFD";
  RunReport report = SampleReport();
  report.test_name = foreign;
  report.instances[0].first = "b\nc";
  report.verdict.reasons = {foreign, "b"};
  report.book_errors = {foreign};
  report.memory.emplace_back();
  report.memory.back().application = foreign;
  const std::string text = TextReport(report);
  EXPECT_THAT(text, StartsWith(clean + ": 2 instances"));
  EXPECT_THAT(text, HasSubstr("\nb c "));
  EXPECT_THAT(text, HasSubstr("\nverdict      marginal: " + clean + "; b\n"));
  EXPECT_THAT(text, HasSubstr("\nBOOKS        " + clean + "\n"));
  EXPECT_THAT(text, HasSubstr("\nmemory       " + clean + " "));
  EXPECT_EQ(CleanText(text), text);
}

}  // namespace
}  // namespace invocator
