#include "coordinator/books/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace invocator {
namespace {

using testing::ElementsAre;

// 98 invocations on time, and two that were late by `late`: the p99.
Totals LateBy(absl::Duration late) {
  Totals totals;
  totals.planned = 100;
  totals.lateness.Add(0, 98);
  totals.lateness.Add(absl::ToInt64Nanoseconds(late), 2);
  return totals;
}

Verdict JudgeQuiet(const Totals& totals, VerdictLimits limits = {}) {
  return Judge(totals, {}, {}, /*interrupted=*/false, limits);
}

TEST(VerdictTest, LatenessP99DecidesByItsLimits) {
  struct Row {
    absl::Duration late;
    VerdictState state;
    const char* reason;
  };
  const Row rows[] = {
      {absl::ZeroDuration(), VerdictState::kKept,
       "lateness p99 is 0.000 ms, within 1ms"},
      {absl::Milliseconds(1), VerdictState::kKept,
       "lateness p99 is 1.000 ms, within 1ms"},
      {absl::Microseconds(1'010), VerdictState::kMarginal,
       "lateness p99 is 1.010 ms, over 1ms"},
      {absl::Milliseconds(10), VerdictState::kMarginal,
       "lateness p99 is 10.000 ms, over 1ms"},
      {absl::Microseconds(10'100), VerdictState::kMissed,
       "lateness p99 is 10.100 ms, over 10ms"},
      {absl::Seconds(50), VerdictState::kMissed,
       "lateness p99 is 50000.000 ms, over 10ms"},
  };
  for (const Row& row : rows) {
    const Verdict verdict = JudgeQuiet(LateBy(row.late));
    EXPECT_EQ(verdict.state, row.state) << row.reason;
    EXPECT_THAT(verdict.reasons, ElementsAre(row.reason));
  }
}

// Of 10 s of spinning: gaps of 220 ms in all, up to 4.2 ms.
NamedEngine WithGaps(double total_s = 0.22, double longest_s = 4.2e-3,
                     double preempted_s = 0) {
  NamedEngine engine = {"engine 0", {}};
  engine.facts.gaps = {10, 100, total_s, longest_s, preempted_s};
  return engine;
}

TEST(VerdictTest, GapsThatExplainTheLatenessAreNamed) {
  const Totals late = LateBy(absl::Microseconds(1'200));
  const auto reasons = [&late](const NamedEngine& engine) {
    const Verdict verdict = Judge(late, {engine}, {}, false, {});
    EXPECT_EQ(verdict.state, VerdictState::kMarginal);
    return verdict.reasons;
  };
  EXPECT_THAT(reasons(WithGaps()),
              ElementsAre("lateness p99 is 1.200 ms, over 1ms",
                          "the host took engine 0's core away for 2.2 % of the "
                          "time, up to 4.2 ms"));
  EXPECT_THAT(reasons(WithGaps(0.22, 4.2e-3, 0.2)),
              ElementsAre("lateness p99 is 1.200 ms, over 1ms",
                          "other threads had engine 0's core for 2.2 % of the "
                          "time, up to 4.2 ms"));
  // Too seldom for the p99, or too short.
  EXPECT_EQ(reasons(WithGaps(0.09)).size(), 1u);
  EXPECT_EQ(reasons(WithGaps(0.22, 0.9e-3)).size(), 1u);
}

TEST(VerdictTest, GapsThatMadeNothingLateAreNotNamed) {
  const Verdict verdict =
      Judge(LateBy(absl::Microseconds(900)), {WithGaps()}, {}, false, {});
  EXPECT_THAT(verdict.reasons,
              ElementsAre("lateness p99 is 0.900 ms, within 1ms"));
}

TEST(VerdictTest, LimitsAreAdjustable) {
  const VerdictLimits limits = {absl::Milliseconds(20), absl::Milliseconds(30)};
  EXPECT_EQ(JudgeQuiet(LateBy(absl::Milliseconds(15)), limits).state,
            VerdictState::kKept);
  EXPECT_EQ(JudgeQuiet(LateBy(absl::Milliseconds(25)), limits).state,
            VerdictState::kMarginal);
}

TEST(VerdictTest, ARunOfWhichNothingWasPlannedIsMissed) {
  const Verdict verdict = JudgeQuiet(Totals());
  EXPECT_EQ(verdict.state, VerdictState::kMissed);
  EXPECT_THAT(verdict.reasons, ElementsAre("nothing was planned"));
  EXPECT_THAT(Judge(Totals(), {}, {"worker a was lost"}, true, {}).reasons,
              ElementsAre("nothing was planned", "worker a was lost"));
  // One that was planned and not sent is another matter.
  Totals one;
  one.planned = 1;
  EXPECT_EQ(JudgeQuiet(one).state, VerdictState::kKept);
}

TEST(VerdictTest, DroppedOrUnsentIsMissedHoweverPunctualTheRest) {
  Totals dropped = LateBy(absl::ZeroDuration());
  dropped.dropped = 1;
  EXPECT_EQ(JudgeQuiet(dropped).state, VerdictState::kMissed);
  Totals unsent = LateBy(absl::ZeroDuration());
  unsent.unsent = 3;
  const Verdict verdict =
      Judge(unsent, {}, {}, /*interrupted=*/true, VerdictLimits());
  EXPECT_EQ(verdict.state, VerdictState::kMissed);
  EXPECT_THAT(verdict.reasons,
              ElementsAre("lateness p99 is 0.000 ms, within 1ms",
                          "3 invocations were not sent, the run was "
                          "interrupted"));
}

TEST(VerdictTest, CallsThatTheWorkersCouldNotOpenAreTheGeneratorsFault) {
  Totals totals = LateBy(absl::ZeroDuration());
  totals.reasons[static_cast<size_t>(Reason::kConnectionRefused)] = 7;
  EXPECT_EQ(JudgeQuiet(totals).state, VerdictState::kKept);
  totals.reasons[static_cast<size_t>(Reason::kNoLocalResources)] = 3;
  const Verdict verdict = JudgeQuiet(totals);
  EXPECT_EQ(verdict.state, VerdictState::kMissed);
  EXPECT_EQ(verdict.reasons[1],
            "3 invocations failed for want of descriptors, local ports or "
            "memory on the workers");
}

TEST(VerdictTest, WaitingForTheCallBeforeIsNotTheGeneratorsFault) {
  Totals totals = LateBy(absl::Seconds(1));
  totals.own_lateness.Add(1'000, 100);
  EXPECT_EQ(JudgeQuiet(totals).state, VerdictState::kKept);
}

TEST(VerdictTest, EnginesAreNamedOnlyWhenTheScheduleWasNotKept) {
  const std::vector<NamedEngine> engines = {{"engine 0", {0.98, 0, 64, 3}},
                                            {"engine 1", {0.89, 3.21, 64, 3}}};
  EXPECT_THAT(Judge(LateBy(absl::Seconds(1)), engines, {}, false, {}).reasons,
              ElementsAre("lateness p99 is 1000.000 ms, over 10ms",
                          "engine 0 was busy 98 % of the time",
                          "engine 1 was at its in-flight limit 64 for 3.2 s"));
  EXPECT_EQ(Judge(LateBy(absl::ZeroDuration()), engines, {}, false, {})
                .reasons.size(),
            1u);
}

TEST(VerdictTest, ALossIsMissedAndNamed) {
  const Verdict verdict = Judge(LateBy(absl::ZeroDuration()), {},
                                {"worker east was lost"}, false, {});
  EXPECT_EQ(verdict.state, VerdictState::kMissed);
  EXPECT_THAT(verdict.reasons,
              ElementsAre("lateness p99 is 0.000 ms, within 1ms",
                          "worker east was lost"));
}

TEST(VerdictTest, DroppedAndUnsentAreCountedInWords) {
  Totals totals = LateBy(absl::ZeroDuration());
  totals.dropped = 2;
  totals.unsent = 3;
  EXPECT_THAT(
      JudgeQuiet(totals).reasons,
      ElementsAre("lateness p99 is 0.000 ms, within 1ms",
                  "2 invocations were dropped", "3 invocations were not sent"));
}

TEST(VerdictTest, AnEngineIsBusyFromNinetyPercentOn) {
  const auto reasons = [](double busy_ratio) {
    return Judge(LateBy(absl::Seconds(1)),
                 {{"engine 0", {busy_ratio, 0, 64, 3}}}, {}, false, {})
        .reasons.size();
  };
  EXPECT_EQ(reasons(0.899), 1u);
  EXPECT_EQ(reasons(0.9), 2u);
}

TEST(VerdictTest, NamesAreThoseOfTheResults) {
  EXPECT_EQ(VerdictName(VerdictState::kKept), "kept");
  EXPECT_EQ(VerdictName(VerdictState::kMarginal), "marginal");
  EXPECT_EQ(VerdictName(VerdictState::kMissed), "missed");
}

TEST(VerdictTest, AReasonNeverImprovesTheVerdict) {
  Totals totals = LateBy(absl::Milliseconds(5));
  EXPECT_EQ(JudgeQuiet(totals).state, VerdictState::kMarginal);
  totals.dropped = 1;
  EXPECT_EQ(JudgeQuiet(totals).state, VerdictState::kMissed);
  Totals late = LateBy(absl::Seconds(1));
  EXPECT_EQ(Judge(late, {}, {"a loss"}, false, {}).state,
            VerdictState::kMissed);
}

TEST(VerdictTest, AnyTimeAtTheLimitIsNamed) {
  const auto reasons = [](double at_limit_s) {
    return Judge(LateBy(absl::Seconds(1)),
                 {{"engine 0", {0, at_limit_s, 64, 3}}}, {}, false, {})
        .reasons.size();
  };
  EXPECT_EQ(reasons(0), 1u);
  EXPECT_EQ(reasons(0.001), 2u);
}

TEST(VerdictTest, OneInTwoHundredThatIsLateIsNotTheP99) {
  Totals totals;
  totals.planned = 200;
  totals.lateness.Add(0, 199);
  totals.lateness.Add(absl::ToInt64Nanoseconds(absl::Seconds(1)), 1);
  EXPECT_EQ(JudgeQuiet(totals).state, VerdictState::kKept);
}

}  // namespace
}  // namespace invocator
