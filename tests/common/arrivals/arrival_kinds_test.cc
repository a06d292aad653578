// Streams of every kind of arrivals: windows, spikes, shares, and that a shape
// is one with the constant rate that it generalizes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/expected_calls.h"
#include "common/arrivals/instant_tape.h"
#include "common/plan/share.h"
#include "tests/support/arrivals.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kSecondNs = 1'000'000'000;

// A spec over the whole duration of 60 s.
ArrivalSpec Spec(ArrivalKind kind) { return SpecOf(kind, 0, 60); }

ArrivalSpec Poisson(RateShape rate) {
  return SpecOf(ArrivalKind::kPoisson, std::move(rate), 60);
}

RateShape Ramp() {
  RateShape shape;
  shape.points = {{0, 0}, {20, 400}, {20, 50}, {60, 50}};
  return shape;
}

std::shared_ptr<const InstantTape> Tape(const std::vector<int64_t>& instants) {
  TapeWriter writer = *TapeWriter::Create(int64_t{1} << 62);
  for (const int64_t instant_ns : instants) {
    EXPECT_TRUE(writer.Add(instant_ns).ok());
  }
  return *std::move(writer).Finish();
}

ArrivalSpec Timestamps(const std::vector<int64_t>& instants) {
  ArrivalSpec spec = Spec(ArrivalKind::kTimestamps);
  spec.tape = Tape(instants);
  return spec;
}

TEST(ShapedArrivalsTest, AFlatShapeIsTheConstantRate) {
  RateShape flat;
  flat.points = {{0, 500}, {17, 500}, {17, 500}, {31, 500}};
  for (const ArrivalKind kind :
       {ArrivalKind::kPoisson, ArrivalKind::kUniform}) {
    ArrivalSpec constant = Spec(kind);
    constant.rate = 500;
    ArrivalSpec shaped = constant;
    shaped.rate = flat;
    const std::vector<int64_t> expected = Times(constant);
    const std::vector<int64_t> times = Times(shaped);
    ASSERT_EQ(times.size(), expected.size());
    for (size_t i = 0; i < times.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(times[i]),
                  static_cast<double>(expected[i]), 1)
          << i;
    }
  }
}

TEST(ShapedArrivalsTest, GammaAndWeibullOfCvOneArePoissonInNumber) {
  for (const ArrivalKind kind : {ArrivalKind::kGamma, ArrivalKind::kWeibull}) {
    ArrivalSpec spec = Poisson(10'000);
    spec.kind = kind;
    spec.law = kind == ArrivalKind::kGamma ? GammaGaps(1) : WeibullGaps(1);
    EXPECT_NEAR(static_cast<double>(Times(spec).size()), 6e5, 4e3);
  }
}

// 4,000 calls up to second 20, and 2,000 after it.
TEST(ShapedArrivalsTest, UniformGapsOnARampAreAtItsSquareRoots) {
  ArrivalSpec spec = Poisson(Ramp());
  spec.kind = ArrivalKind::kUniform;
  const std::vector<int64_t> times = Times(spec);
  ASSERT_EQ(times.size(), 5999u);
  // shift + k calls are at sqrt((shift + k) / 10): shift = 10 t^2 - k.
  const auto calls = [&](size_t k) {
    const double at_s = static_cast<double>(times[k - 1]) * 1e-9;
    return at_s < 20 ? 10 * at_s * at_s : 4000 + 50 * (at_s - 20);
  };
  const double shift = calls(1) - 1;
  EXPECT_GT(shift, 0);
  EXPECT_LT(shift, 1);
  for (size_t k = 1; k <= times.size(); ++k) {
    ASSERT_NEAR(calls(k), static_cast<double>(k) + shift, 1e-6);
  }
}

// One of each kind, all of them with ties or bursts somewhere.
std::vector<std::pair<std::string, ArrivalSpec>> EveryKind() {
  std::vector<std::pair<std::string, ArrivalSpec>> kinds;
  const auto add = [&](std::string name, ArrivalKind kind, GapLaw law = {}) {
    ArrivalSpec spec = Poisson(Ramp());
    spec.kind = kind;
    spec.law = law;
    kinds.emplace_back(std::move(name), std::move(spec));
    return &kinds.back().second;
  };
  add("poisson", ArrivalKind::kPoisson);
  add("uniform", ArrivalKind::kUniform);
  add("gamma", ArrivalKind::kGamma, GammaGaps(3));
  add("weibull", ArrivalKind::kWeibull, WeibullGaps(2));
  add("lognormal", ArrivalKind::kLognormal, LognormalGaps(1.5));
  add("pareto", ArrivalKind::kPareto, ParetoGaps(1.5));
  add("bursts", ArrivalKind::kPoisson)->bursts = Bursts{300, 2, 5};
  add("constant", ArrivalKind::kPoisson)->rate = 40;
  add("sine", ArrivalKind::kPoisson)->rate =
      SineShape({.mean_per_s = 90, .amplitude_per_s = 90, .period_s = 7});
  ArrivalSpec* counts = add("counts", ArrivalKind::kCounts);
  counts->counts = {.counts = {10, 0, 500, 7}, .bin_s = 15};
  counts = add("thin counts", ArrivalKind::kCounts);
  counts->counts = {
      .counts = {10, 0, 500, 7}, .bin_s = 15, .even = true, .thin = 0.5};
  std::vector<int64_t> instants;
  for (int64_t i = 0; i < 3000; ++i) instants.push_back(i / 2 * 40'000'000);
  add("timestamps", ArrivalKind::kTimestamps)->tape = Tape(instants);
  add("list", ArrivalKind::kList)->gaps_s = {0, 0, 5, 15, 0, 30};
  return kinds;
}

TEST(EveryKindTest, AWindowCutsTheSameInstants) {
  for (const auto& [name, spec] : EveryKind()) {
    if (spec.kind == ArrivalKind::kList) continue;
    ArrivalSpec windowed = spec;
    windowed.window_start_s = 10;
    windowed.window_end_s = 30;
    std::vector<int64_t> expected;
    for (const int64_t time_ns : Times(spec)) {
      if (time_ns > 10 * kSecondNs && time_ns < 30 * kSecondNs) {
        expected.push_back(time_ns);
      }
    }
    EXPECT_FALSE(expected.empty()) << name;
    EXPECT_EQ(Times(windowed), expected) << name;
    windowed.window_end_s = 10;
    EXPECT_THAT(Times(windowed), IsEmpty()) << name;
  }
}

TEST(EveryKindTest, TimesAreInOrderInsideTheTest) {
  for (const auto& [name, spec] : EveryKind()) {
    const std::vector<int64_t> times = Times(spec);
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end())) << name;
    EXPECT_GE(times.front(), 0) << name;
    EXPECT_LT(times.back(), 60 * kSecondNs) << name;
  }
}

TEST(EveryKindTest, SharesAreTheWhole) {
  for (const auto& [name, spec] : EveryKind()) {
    const std::vector<int64_t> whole = Times(spec);
    for (const uint64_t count : {1u, 2u, 3u, 7u}) {
      std::vector<std::optional<int64_t>> by_sequence(whole.size());
      for (uint64_t index = 0; index < count; ++index) {
        const Share share{.instance = 0, .index = index, .count = count};
        const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
        while (const std::optional<Arrival> arrival = stream->Next()) {
          if (!share.Owns(arrival->sequence)) continue;
          ASSERT_FALSE(by_sequence[arrival->sequence]) << name;
          by_sequence[arrival->sequence] = arrival->scheduled_ns;
        }
      }
      EXPECT_TRUE(std::equal(whole.begin(), whole.end(), by_sequence.begin()))
          << name << " " << count;
    }
  }
}

TEST(EveryKindTest, SpikesComeAmongTheOthersAndChangeNothingElse) {
  for (const auto& [name, spec] : EveryKind()) {
    ArrivalSpec spiked = spec;
    spiked.spikes = {{0, 3},  {5, 0},  {20, 100}, {20, 2}, {59.999999999, 1},
                     {60, 5}, {1e9, 7}};
    std::vector<int64_t> expected = Times(spec);
    expected.insert(expected.end(), 3, 0);
    expected.insert(expected.end(), 102, 20 * kSecondNs);
    expected.push_back(60 * kSecondNs - 1);
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(Times(spiked), expected) << name;
    EXPECT_NEAR(ExpectedCalls(spiked), ExpectedCalls(spec) + 106, 1e-9) << name;
    // As every window, theirs excludes its edges, but for the test's start.
    spiked.window_start_s = 20;
    spiked.window_end_s = 59.999999999;
    ArrivalSpec windowed = spiked;
    windowed.spikes.clear();
    EXPECT_EQ(Times(spiked), Times(windowed)) << name;
  }
}

TEST(SpikesTest, ComeAfterTheProcessAtTheSameInstant) {
  // The stripes of a share would show if they came first: the timestamps keep
  // the sequences 0 to 3.
  ArrivalSpec spec = Timestamps({0, 5, 5, 9});
  spec.spikes = {{5e-9, 2}};
  EXPECT_THAT(Times(spec), ElementsAre(0, 5, 5, 5, 5, 9));
  spec.spikes = {{0, 1}, {9e-9, 1}};
  EXPECT_THAT(Times(spec), ElementsAre(0, 0, 5, 5, 9, 9));
}

TEST(SpikesTest, OutsideTheWindowAreNotCountedCallByCall) {
  ArrivalSpec spec = Poisson(0);
  spec.window_start_s = 30;
  spec.spikes.assign(kMaxSpikes - 1, {.at_s = 29, .calls = kMaxCallsAtOnce});
  spec.spikes.push_back({.at_s = 31, .calls = 1});
  EXPECT_THAT(Times(spec), ElementsAre(31 * kSecondNs));
}

TEST(SpikesTest, AreAloneWithoutAProcess) {
  ArrivalSpec spec = Poisson(0);
  spec.spikes = {{1, 2}, {59, 1}};
  EXPECT_THAT(Times(spec), ElementsAre(kSecondNs, kSecondNs, 59 * kSecondNs));
  EXPECT_EQ(ExpectedCalls(spec), 3);
}

TEST(TimestampsTest, InstantsAtZeroAreInsideAndTheEndIsNot) {
  EXPECT_THAT(Times(Timestamps({0, 0, 60 * kSecondNs - 1, 60 * kSecondNs})),
              ElementsAre(0, 0, 60 * kSecondNs - 1));
  EXPECT_THAT(Times(Spec(ArrivalKind::kTimestamps)), IsEmpty());
}

TEST(CountsTest, BinsThatTheTestCutsKeepTheirEarlyCalls) {
  ArrivalSpec spec = Spec(ArrivalKind::kCounts);
  spec.counts = {.counts = {4, 1000, 8}, .bin_s = 40, .even = true};
  const std::vector<int64_t> times = Times(spec);
  // Half of the second bin is before second 60.
  EXPECT_EQ(times.size(), 504u);
}

TEST(ExpectedCallsTest, AreTheAreaWithinTheWindow) {
  ArrivalSpec spec = Poisson(Ramp());
  EXPECT_NEAR(ExpectedCalls(spec), 6000, 1e-9);
  spec.window_start_s = 10;
  spec.window_end_s = 30;
  EXPECT_NEAR(ExpectedCalls(spec), 3000 + 500, 1e-9);
  spec.rate = 7;
  EXPECT_NEAR(ExpectedCalls(spec), 140, 1e-9);
}

TEST(ExpectedCallsTest, OfABillionCallsOfASpikeIsQuick) {
  ArrivalSpec spec = Poisson(1);
  for (size_t i = 0; i < kMaxSpikes; ++i) {
    spec.spikes.push_back({.at_s = 30, .calls = kMaxCallsAtOnce});
  }
  EXPECT_EQ(ExpectedCalls(spec), 60 + 1e13);
}

TEST(ExpectedCallsTest, OfOthersAreWhatTheyYield) {
  for (const auto& [name, spec] : EveryKind()) {
    if (HasRate(spec.kind)) continue;
    EXPECT_EQ(ExpectedCalls(spec), static_cast<double>(Times(spec).size()))
        << name;
  }
}

TEST(ExpectedCallsTest, OfEveryLawAreItsMean) {
  for (const auto& [name, spec] : EveryKind()) {
    // Infinite variance: a sum of its gaps is far from its mean.
    if (!HasRate(spec.kind) || spec.kind == ArrivalKind::kPareto) continue;
    double calls = 0;
    double expected = 0;
    for (uint32_t seed = 0; seed < 100; ++seed) {
      ArrivalSpec seeded = spec;
      seeded.seed = seed;
      calls += static_cast<double>(Times(seeded).size());
      expected += ExpectedCalls(seeded);
    }
    // 6 standard deviations of the widest, Gamma of cv 3, and its start.
    EXPECT_NEAR(calls / expected, 1, 18 / std::sqrt(expected) + 1e-3) << name;
  }
}

}  // namespace
}  // namespace invocator
