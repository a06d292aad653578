#include "common/arrivals/binned_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Counts = std::vector<uint32_t>;

ArrivalSpec Spec(Counts counts, double bin_s = 60) {
  ArrivalSpec spec;
  spec.kind = ArrivalKind::kCounts;
  spec.stream = "instance1";
  spec.seed = 3;
  spec.counts.counts = std::move(counts);
  spec.counts.bin_s = bin_s;
  return spec;
}

std::vector<int64_t> Times(const ArrivalSpec& spec) {
  std::vector<int64_t> times;
  BinnedProcess process(spec);
  while (const auto time_ns = process.NextNs()) times.push_back(*time_ns);
  EXPECT_FALSE(process.NextNs().has_value());
  return times;
}

// Calls in [k * bin_s / speed, (k + 1) * bin_s / speed), counted in seconds.
Counts CallsByBin(const std::vector<int64_t>& times, double bin_s, double speed,
                  size_t bins) {
  Counts calls(bins);
  for (const int64_t time_ns : times) {
    const double at_s = static_cast<double>(time_ns) * 1e-9;
    ++calls.at(static_cast<size_t>(at_s * speed / bin_s));
  }
  return calls;
}

TEST(BinnedProcessTest, EveryBinGetsExactlyItsCalls) {
  const Counts kCounts = {3, 0, 1000, 1, 0, 0, 77, 20'000, 2};
  for (const double speed : {0.5, 1.0, 2.0}) {
    for (const bool even : {false, true}) {
      ArrivalSpec spec = Spec(kCounts);
      spec.counts.speed = speed;
      spec.counts.even = even;
      const std::vector<int64_t> times = Times(spec);
      EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
      EXPECT_EQ(CallsByBin(times, 60, speed, kCounts.size()), kCounts)
          << speed << even;
    }
  }
}

TEST(BinnedProcessTest, BinsOfSomeNanosecondsGetTheirCallsInOrder) {
  // 0.001 s at speed 1e6: a nanosecond. At 0.0015 s they are 2 and 1 wide.
  for (const double bin_s : {0.001, 0.0015, 0.0333}) {
    for (const bool even : {false, true}) {
      const Counts counts(1000, 5);
      ArrivalSpec spec = Spec(counts, bin_s);
      spec.counts.speed = kMaxSpeed;
      spec.counts.even = even;
      const std::vector<int64_t> times = Times(spec);
      ASSERT_EQ(times.size(), 5000u);
      for (size_t i = 0; i < times.size(); ++i) {
        ASSERT_GE(times[i], BinStartNs(spec.counts, i / 5));
        ASSERT_LT(times[i], BinStartNs(spec.counts, i / 5 + 1));
      }
      EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
    }
  }
}

TEST(BinnedProcessTest, BinsLongerThanAnyTestDoNotOverflow) {
  ArrivalSpec spec = Spec({2, 2, 2, 2}, kMaxDurationS);
  spec.counts.speed = kMinSpeed;
  const std::vector<int64_t> times = Times(spec);
  ASSERT_EQ(times.size(), 8u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_GE(times.front(), 0);
}

TEST(BinnedProcessTest, ABillionCallsOfABinAreInOrder) {
  BinnedProcess process(Spec({kMaxCallsAtOnce}, 1));
  int64_t last_ns = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const int64_t time_ns = *process.NextNs();
    ASSERT_GE(time_ns, last_ns);
    last_ns = time_ns;
  }
  // A millionth of the way: five standard deviations of the millionth call.
  EXPECT_NEAR(static_cast<double>(last_ns), 1e6, 5e3);
}

// Kolmogorov and Smirnov's distance of positions within their bins from the
// uniform law; 1.95 / sqrt(n) has p = 0.001.
TEST(BinnedProcessTest, RandomPositionsAreUniform) {
  for (const uint32_t in_bin : {1u, 2u, 100u, 50'000u}) {
    const Counts counts(100'000 / in_bin, in_bin);
    std::vector<double> positions;
    for (const int64_t time_ns : Times(Spec(counts, 10))) {
      positions.push_back(static_cast<double>(time_ns % 10'000'000'000) *
                          1e-10);
    }
    std::sort(positions.begin(), positions.end());
    const auto n = static_cast<double>(positions.size());
    double distance = 0;
    for (size_t i = 0; i < positions.size(); ++i) {
      distance =
          std::max({distance, (static_cast<double>(i) + 1) / n - positions[i],
                    positions[i] - static_cast<double>(i) / n});
    }
    EXPECT_LT(distance, 1.95 / std::sqrt(n)) << in_bin;
  }
}

// Of two uniform positions, the gap has the mean 1/3, and the smaller 1/3.
TEST(BinnedProcessTest, TwoCallsAreTheOrderStatisticsOfUniformOnes) {
  const std::vector<int64_t> times = Times(Spec(Counts(50'000, 2), 1));
  double first = 0;
  double squares = 0;
  double gap = 0;
  for (size_t i = 0; i < times.size(); i += 2) {
    const double at = static_cast<double>(times[i] % 1'000'000'000) * 1e-9;
    first += at;
    squares += at * at;
    gap += static_cast<double>(times[i + 1] - times[i]) * 1e-9;
  }
  // Beta(1, 2): mean 1/3, variance 1/18, second moment 1/6.
  EXPECT_NEAR(first / 50'000, 1.0 / 3, 5 * std::sqrt(1.0 / 18 / 50'000));
  EXPECT_NEAR(squares / 50'000, 1.0 / 6, 0.005);
  EXPECT_NEAR(gap / 50'000, 1.0 / 3, 5 * std::sqrt(1.0 / 18 / 50'000));
}

TEST(BinnedProcessTest, EvenGapsAreEqualWithAPhasePerBin) {
  ArrivalSpec spec = Spec({4, 4, 4}, 1);
  spec.counts.even = true;
  const std::vector<int64_t> times = Times(spec);
  ASSERT_EQ(times.size(), 12u);
  for (size_t i = 0; i < times.size(); ++i) {
    if (i % 4 > 0) {
      EXPECT_NEAR(static_cast<double>(times[i] - times[i - 1]), 250e6, 1);
    }
  }
  EXPECT_NE(times[0] % 1'000'000'000, times[4] % 1'000'000'000);
  EXPECT_NE(times[4] % 1'000'000'000, times[8] % 1'000'000'000);
}

TEST(BinnedProcessTest, NoCountsAreNoCalls) {
  EXPECT_THAT(Times(Spec({})), IsEmpty());
  EXPECT_THAT(Times(Spec(Counts(1'000'000, 0))), IsEmpty());
}

std::vector<int64_t> Thinned(double thin, double speed = 1) {
  ArrivalSpec spec = Spec(Counts(100, 1000), 4);
  spec.counts.thin = thin;
  spec.counts.speed = speed;
  return Times(spec);
}

TEST(ThinningTest, KeepsItsShareAndTheSameCallsAtEverySpeed) {
  const std::vector<int64_t> all = Thinned(1);
  const std::vector<int64_t> some = Thinned(0.1);
  ASSERT_EQ(all.size(), 100'000u);
  // Five standard deviations of a binomial.
  EXPECT_NEAR(static_cast<double>(some.size()), 10'000, 475);
  EXPECT_TRUE(std::includes(all.begin(), all.end(), some.begin(), some.end()));
  const std::vector<int64_t> faster = Thinned(0.1, 2);
  ASSERT_EQ(faster.size(), some.size());
  for (size_t i = 0; i < some.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(faster[i]),
                static_cast<double>(some[i]) / 2, 1.5);
  }
}

TEST(ThinningTest, AThinnerPlanIsAPartOfAThickerOne) {
  std::vector<int64_t> thicker = Thinned(0.9);
  for (const double thin : {0.5, 0.1, 0.01, kMinThin}) {
    std::vector<int64_t> thinner = Thinned(thin);
    EXPECT_TRUE(std::includes(thicker.begin(), thicker.end(), thinner.begin(),
                              thinner.end()))
        << thin;
    thicker = std::move(thinner);
  }
}

TEST(ThinningTest, DependsOnSeedAndStream) {
  const auto kept = [](const Thinning& thinning) {
    std::vector<uint64_t> numbers;
    for (uint64_t i = 0; i < 10'000; ++i) {
      if (thinning.Keeps(i)) numbers.push_back(i);
    }
    return numbers;
  };
  const std::vector<uint64_t> one = kept(Thinning(1, "a", 0.5));
  EXPECT_EQ(one, kept(Thinning(1, "a", 0.5)));
  for (const std::vector<uint64_t>& other :
       {kept(Thinning(2, "a", 0.5)), kept(Thinning(1, "b", 0.5))}) {
    std::vector<uint64_t> common;
    std::set_intersection(one.begin(), one.end(), other.begin(), other.end(),
                          std::back_inserter(common));
    // A quarter of all, within five standard deviations.
    EXPECT_NEAR(static_cast<double>(common.size()), 2'500, 217);
  }
}

TEST(BinStartTest, IsRoundedToTheNanosecond) {
  BinnedCalls counts = {.counts = {}, .bin_s = 1, .speed = 3};
  EXPECT_EQ(BinStartNs(counts, 0), 0);
  EXPECT_EQ(BinStartNs(counts, 1), 333'333'333);
  EXPECT_EQ(BinStartNs(counts, 2), 666'666'667);
  EXPECT_EQ(BinStartNs(counts, 3), 1'000'000'000);
}

}  // namespace
}  // namespace invocator
