#include "coordinator/forecast/schedule_check.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/instant_tape.h"
#include "tests/support/arrivals.h"

namespace invocator {
namespace {

ArrivalSpec ListSpec(std::vector<double> gaps_s, double duration_s) {
  ArrivalSpec spec = SpecOf(ArrivalKind::kList, 0, duration_s);
  spec.gaps_s = std::move(gaps_s);
  return spec;
}

ArrivalSpec CountsSpec(std::vector<uint32_t> counts, double bin_s) {
  ArrivalSpec spec = SpecOf(ArrivalKind::kCounts, 0,
                            bin_s * static_cast<double>(counts.size()));
  spec.counts = {.counts = std::move(counts), .bin_s = bin_s};
  return spec;
}

RateShape Ramp() {
  RateShape shape;
  shape.points = {{0, 5}, {50, 1000}, {50, 20}, {100, 0}, {150, 300}};
  return shape;
}

// Tests the schedule of `source` as if it were that of `spec`.
ScheduleCheck CheckAs(const ArrivalSpec& spec, const ArrivalSpec& source) {
  const auto schedule = MakeArrivalStream(source);
  return CheckSchedule(spec, *schedule);
}

std::vector<std::pair<ArrivalKind, GapLaw>> Laws() {
  return {{ArrivalKind::kPoisson, {}},
          {ArrivalKind::kUniform, {}},
          {ArrivalKind::kGamma, GammaGaps(3)},
          {ArrivalKind::kGamma, GammaGaps(0.3)},
          {ArrivalKind::kWeibull, WeibullGaps(2)},
          {ArrivalKind::kLognormal, LognormalGaps(1.5)},
          {ArrivalKind::kPareto, ParetoGaps(1.5)}};
}

// scipy.stats.kstest([0.05, 0.31, 0.42, 0.7, 0.95, 1.3, 1.8, 2.2, 3.1, 4.4],
// "expon").statistic, of gaps at 2 calls per second.
TEST(ScheduleCheck, DistanceOfGivenGapsIsScipys) {
  const ScheduleCheck check = CheckAs(
      SpecOf(ArrivalKind::kPoisson, 2, 100),
      ListSpec({0.65, 0.025, 2.2, 0.155, 1.1, 0.21, 0.35, 0.475, 0.9, 1.55},
               100));
  EXPECT_EQ(check.values, 10u);
  EXPECT_EQ(check.tested, 10u);
  EXPECT_NEAR(check.distance, 0.23470111177841346, 2e-8);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kFits);
}

TEST(ScheduleCheck, EveryLawFitsItsOwnSchedule) {
  for (const RateShape& rate : {RateShape(200), Ramp()}) {
    for (const auto& [kind, law] : Laws()) {
      ArrivalSpec spec = SpecOf(kind, rate, 150);
      spec.law = law;
      const ScheduleCheck check = CheckSchedule(spec);
      EXPECT_EQ(check.verdict, ScheduleVerdict::kFits)
          << static_cast<int>(kind) << ", p-value " << check.p_value;
      EXPECT_GT(check.tested, 10'000u) << static_cast<int>(kind);
      EXPECT_TRUE(check.distance > 1e-4 || kind == ArrivalKind::kUniform);
    }
  }
}

TEST(ScheduleCheck, NoLawFitsTheScheduleOfAnother) {
  const ArrivalSpec plain = SpecOf(ArrivalKind::kPoisson, Ramp(), 150);
  for (const auto& [kind, law] : Laws()) {
    for (const auto& [other_kind, other_law] : Laws()) {
      if (kind == other_kind && law == other_law) continue;
      ArrivalSpec spec = plain;
      spec.kind = kind;
      spec.law = law;
      ArrivalSpec source = plain;
      source.kind = other_kind;
      source.law = other_law;
      const ScheduleCheck check = CheckAs(spec, source);
      EXPECT_EQ(check.verdict, ScheduleVerdict::kUnlikely)
          << static_cast<int>(kind) << " from " << static_cast<int>(other_kind);
      EXPECT_LT(check.p_value, 1e-4);
    }
  }
}

TEST(ScheduleCheck, AScheduleOfAnotherRateIsUnlikely) {
  const ScheduleCheck check = CheckAs(SpecOf(ArrivalKind::kPoisson, 205, 100),
                                      SpecOf(ArrivalKind::kPoisson, 190, 100));
  EXPECT_EQ(check.verdict, ScheduleVerdict::kUnlikely);
}

// Rounded to the nanosecond, at 10^6 calls per second every gap is off.
TEST(ScheduleCheck, RoundingToTheNanosecondDoesNotCount) {
  ArrivalSpec spec = SpecOf(ArrivalKind::kUniform, 999'999.7, 0.1);
  EXPECT_EQ(CheckSchedule(spec).distance, 0);
  spec.rate.points = {{0, 1'000'000}, {0.1, 1'234'567.8}};
  const ScheduleCheck check = CheckSchedule(spec);
  EXPECT_EQ(check.distance, 0);
  EXPECT_EQ(check.p_value, 1);
  EXPECT_GT(check.tested, 100'000u);
  EXPECT_LT(*check.dispersion, 0.01);
}

// All but the first gap of the window, which began before it.
TEST(ScheduleCheck, TheGapThatAWindowCutsIsNotTested) {
  for (const auto& [kind, law] : Laws()) {
    ArrivalSpec spec = SpecOf(kind, 50, 100);
    spec.law = law;
    uint64_t calls = 0;
    const auto count = [&] {
      calls = 0;
      for (const auto stream = MakeArrivalStream(spec); stream->Next();) {
        ++calls;
      }
    };
    count();
    EXPECT_EQ(CheckSchedule(spec).values,
              kind == ArrivalKind::kUniform ? calls - 1 : calls);
    spec.window_start_s = 33;
    spec.window_end_s = 80;
    count();
    const ScheduleCheck check = CheckSchedule(spec);
    EXPECT_EQ(check.values, calls - 1);
    EXPECT_EQ(check.verdict, ScheduleVerdict::kFits);
  }
}

TEST(ScheduleCheck, BurstsAreAPartOfTheRateAndSpikesAreNot) {
  ArrivalSpec spec = SpecOf(ArrivalKind::kPoisson, 10, 1000);
  spec.bursts = Bursts{100, 2, 10};
  const ScheduleCheck without = CheckSchedule(spec);
  EXPECT_EQ(without.verdict, ScheduleVerdict::kFits);
  // Given the states, the process is Poisson: five standard errors.
  EXPECT_GT(without.values, 15'000u);
  EXPECT_NEAR(*without.dispersion, 1, 5 * 0.036);
  spec.spikes = {{0, 5000}, {500, 5000}};
  const ScheduleCheck with = CheckSchedule(spec);
  EXPECT_EQ(with.values, without.values);
  EXPECT_EQ(with.distance, without.distance);
  EXPECT_EQ(with.dispersion, without.dispersion);
}

TEST(ScheduleCheck, OfMoreGapsAMillionIsChosen) {
  const ArrivalSpec spec = SpecOf(ArrivalKind::kPoisson, 1'500'000, 1);
  const ScheduleCheck check = CheckSchedule(spec);
  EXPECT_GT(check.values, 1'490'000u);
  EXPECT_EQ(check.tested, 1'000'000u);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kFits);
  EXPECT_EQ(CheckSchedule(spec).distance, check.distance);
}

TEST(ScheduleCheck, FewGapsSayNothing) {
  ArrivalSpec spec = SpecOf(ArrivalKind::kPoisson, 1, 5);
  const ScheduleCheck check = CheckSchedule(spec);
  EXPECT_LT(check.tested, 10u);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kTooFew);
  EXPECT_EQ(check.dispersion, std::nullopt);
  spec.rate = 0;
  EXPECT_EQ(CheckSchedule(spec).verdict, ScheduleVerdict::kTooFew);
}

TEST(ScheduleCheck, RandomCallsOfBinsFit) {
  ArrivalSpec spec = CountsSpec({100, 0, 5000, 1, 70, 9000, 2, 2, 2, 2}, 60);
  ScheduleCheck check = CheckSchedule(spec);
  EXPECT_EQ(check.values, 14'179u);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kFits);
  EXPECT_GT(check.p_value, 1e-3);
  spec.counts.thin = 0.3;
  check = CheckSchedule(spec);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kFits);
  EXPECT_NEAR(static_cast<double>(check.values), 0.3 * 14'179, 300);
  // What the window leaves of a bin is uniform there.
  spec.counts.thin = 1;
  spec.window_start_s = 140;
  spec.window_end_s = 345;
  check = CheckSchedule(spec);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kFits);
  EXPECT_GT(check.p_value, 1e-3);
}

// Two calls in every bin, which is divided among a thousand bins: those chosen
// must not always be the first or the second.
TEST(ScheduleCheck, AMillionPositionsAreChosenAtRandom) {
  const ScheduleCheck check =
      CheckSchedule(CountsSpec(std::vector<uint32_t>(1'000'000, 2), 0.01));
  EXPECT_EQ(check.values, 2'000'000u);
  EXPECT_EQ(check.tested, 1'000'000u);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kFits);
  EXPECT_GT(check.p_value, 1e-3);
}

// As some generators place them: the first call of a bin at its first instant.
TEST(ScheduleCheck, BinsThatBeginWithACallAreUnlikely) {
  const ScheduleCheck check =
      CheckAs(CountsSpec(std::vector<uint32_t>(200, 2), 60),
              ListSpec(std::vector<double>(399, 30), 12'000));
  EXPECT_EQ(check.values, 399u);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kUnlikely);
}

// numpy: [2, 0] * 15: var(ddof=1) / mean = 1.0344827586206897
TEST(ScheduleCheck, WhatIsGivenIsNotTestedButDispersed) {
  std::vector<double> gaps_s = {0.25};
  for (int i = 1; i < 30; ++i) gaps_s.push_back(i % 2 == 1 ? 0.5 : 1.5);
  const ScheduleCheck list = CheckSchedule(ListSpec(gaps_s, 30.5));
  EXPECT_EQ(list.verdict, ScheduleVerdict::kGiven);
  EXPECT_EQ(list.tested, 0u);
  EXPECT_NEAR(*list.dispersion, 1.0344827586206897, 1e-14);

  ArrivalSpec even = CountsSpec(std::vector<uint32_t>(30, 7), 1);
  even.counts.even = true;
  EXPECT_EQ(CheckSchedule(even).verdict, ScheduleVerdict::kGiven);
  EXPECT_EQ(CheckSchedule(even).dispersion, 0);

  auto writer = TapeWriter::Create(60'000'000'000);
  ASSERT_TRUE(writer.ok());
  for (int64_t i = 0; i < 120; ++i) {
    ASSERT_TRUE(writer->Add(i * 500'000'000).ok());
  }
  ArrivalSpec timestamps = SpecOf(ArrivalKind::kTimestamps, 0, 60);
  timestamps.tape = *std::move(*writer).Finish();
  // Whole seconds within the window: 11 to 58.
  timestamps.window_start_s = 10.2;
  timestamps.window_end_s = 59.2;
  const ScheduleCheck check = CheckSchedule(timestamps);
  EXPECT_EQ(check.verdict, ScheduleVerdict::kGiven);
  EXPECT_EQ(check.dispersion, 0);
}

}  // namespace
}  // namespace invocator
