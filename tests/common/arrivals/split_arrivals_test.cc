// Versions that share an instance's arrivals.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/expected_calls.h"
#include "common/plan/partition.h"
#include "tests/support/arrivals.h"
#include "tests/support/tapes.h"

namespace invocator {
namespace {

// One of each kind of arrivals, some with a window and spikes.
std::vector<ArrivalSpec> Specs() {
  std::vector<ArrivalSpec> specs;
  specs.push_back(SpecOf(ArrivalKind::kPoisson, 50, 10));
  specs.push_back(SpecOf(ArrivalKind::kUniform, 33, 10));
  RateShape ramp;
  ramp.points = {{0, 10}, {10, 100}};
  specs.push_back(SpecOf(ArrivalKind::kPoisson, ramp, 10));
  specs.back().window_start_s = 2;
  specs.back().spikes = {{3, 20}, {3, 1}, {7.5, 5}};
  specs.push_back(SpecOf(ArrivalKind::kGamma, 40, 10));
  specs.back().law = GammaGaps(3);
  specs.back().bursts = Bursts{.per_s = 100, .mean_on_s = 1, .mean_off_s = 1};
  specs.push_back(SpecOf(ArrivalKind::kList, 0, 10));
  specs.back().gaps_s = {0, 0, 1, 0.5, 0.25, 0, 3, 1};
  specs.push_back(SpecOf(ArrivalKind::kCounts, 0, 10));
  specs.back().counts = {.counts = {20, 0, 31, 7}, .bin_s = 3, .thin = 0.8};
  specs.push_back(SpecOf(ArrivalKind::kTimestamps, 0, 10));
  specs.back().tape = TapeOf({0, 5, 5, 5, 100, 1'000'000, 9'999'999'999});
  specs.push_back(SpecOf(ArrivalKind::kPoisson, 5, 10));
  specs.back().rng = ArrivalRng::kFaasProfiler;
  specs.push_back(SpecOf(ArrivalKind::kPoisson, 0, 10));
  return specs;
}

ArrivalSpec Version(ArrivalSpec spec, uint32_t index, uint32_t count,
                    Pairing pairing) {
  spec.version = {.index = index, .count = count, .pairing = pairing};
  return spec;
}

TEST(SplitArrivalsTest, VersionsTogetherHaveTheInstancesInstants) {
  for (const ArrivalSpec& spec : Specs()) {
    const std::vector<int64_t> whole = Times(spec);
    for (uint32_t count = kMinVersions; count <= kMaxVersions; ++count) {
      std::vector<int64_t> together;
      for (uint32_t v = 0; v < count; ++v) {
        const std::vector<int64_t> own =
            Times(Version(spec, v, count, Pairing::kSplit));
        together.insert(together.end(), own.begin(), own.end());
      }
      std::sort(together.begin(), together.end());
      EXPECT_EQ(together, whole);
    }
  }
}

TEST(SplitArrivalsTest, EveryRoundHasOneInstantOfEachVersion) {
  for (const ArrivalSpec& spec : Specs()) {
    const std::vector<int64_t> whole = Times(spec);
    for (const uint32_t count : {2u, 3u, 8u}) {
      const size_t rounds = whole.size() / count;
      for (uint32_t v = 0; v < count; ++v) {
        const std::vector<int64_t> own =
            Times(Version(spec, v, count, Pairing::kSplit));
        // The last round may be cut short.
        EXPECT_GE(own.size(), rounds);
        EXPECT_LE(own.size(), rounds + 1);
        for (size_t round = 0; round < rounds; ++round) {
          EXPECT_GE(own[round], whole[round * count]);
          EXPECT_LE(own[round], whole[round * count + count - 1]);
        }
      }
    }
  }
}

// From the coin of tests/end_to_end/version_coin.py: the first version goes
// first in rounds 0 to 2, and second in rounds 3 to 5.
TEST(SplitArrivalsTest, TheCoinOrdersARound) {
  ArrivalSpec spec = SpecOf(ArrivalKind::kList, 0, 100);
  spec.gaps_s.assign(12, 1);
  constexpr int64_t kS = 1'000'000'000;
  EXPECT_EQ(
      Times(Version(spec, 0, 2, Pairing::kSplit)),
      (std::vector<int64_t>{1 * kS, 3 * kS, 5 * kS, 8 * kS, 10 * kS, 12 * kS}));
  EXPECT_EQ(
      Times(Version(spec, 1, 2, Pairing::kSplit)),
      (std::vector<int64_t>{2 * kS, 4 * kS, 6 * kS, 7 * kS, 9 * kS, 11 * kS}));
}

TEST(SplitArrivalsTest, PairedVersionsHaveAllInstants) {
  for (const ArrivalSpec& spec : Specs()) {
    EXPECT_EQ(Times(Version(spec, 1, 3, Pairing::kBoth)), Times(spec));
  }
}

double RateOf(const ArrivalSpec& spec) {
  InstancePlan instance;
  instance.arrivals = spec;
  return MeanRate(instance);
}

TEST(SplitArrivalsTest, RatesAndExpectedCallsAreAVersionsPart) {
  for (const ArrivalSpec& spec : Specs()) {
    const ArrivalSpec split = Version(spec, 2, 4, Pairing::kSplit);
    EXPECT_DOUBLE_EQ(RateOf(split), RateOf(spec) / 4);
    EXPECT_DOUBLE_EQ(ExpectedCalls(split), ExpectedCalls(spec) / 4);
    const ArrivalSpec paired = Version(spec, 2, 4, Pairing::kBoth);
    EXPECT_DOUBLE_EQ(RateOf(paired), RateOf(spec));
    EXPECT_DOUBLE_EQ(ExpectedCalls(paired), ExpectedCalls(spec));
  }
}

}  // namespace
}  // namespace invocator
