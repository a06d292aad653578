#include "common/arrivals/arrival_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "common/arrivals/rng.h"
#include "common/plan/plan.h"
#include "tests/support/arrivals.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ArrivalSpec FaasProfilerSpec(ArrivalKind kind, uint32_t seed, double rate_per_s,
                             double duration_s) {
  ArrivalSpec spec = SpecOf(kind, rate_per_s, duration_s);
  spec.rng = ArrivalRng::kFaasProfiler;
  spec.seed = seed;
  return spec;
}

ArrivalSpec List(std::vector<double> gaps_s, double duration_s) {
  ArrivalSpec spec = SpecOf(ArrivalKind::kList, 0, duration_s);
  spec.gaps_s = std::move(gaps_s);
  return spec;
}

int64_t Sum(const std::vector<int64_t>& times) {
  return std::accumulate(times.begin(), times.end(), int64_t{0});
}

// Expectations of the FaasProfiler tests were made with numpy 1.24 by
//   numpy.random.seed(seed)
//   t = numpy.cumsum(numpy.random.exponential(scale=1.0 / rate,
//                                             size=int(2 * duration * rate)))
//   [floor(x * 1e9 + 0.5) for x in t if start < x < end]
TEST(ListArrivalsTest, InstantsAreRoundedAsLlroundDoes) {
  constexpr double kLongestS = 1e7;  // a nanosecond is still an integer then
  StreamRng rng(7, "halves");
  for (int i = 0; i < 10'000; ++i) {
    const double half_s = (std::floor(rng.Uniform() * 1e6) + 0.5) * 1e-9;
    for (const double gap_s :
         {half_s, std::nextafter(half_s, 0), std::nextafter(half_s, 1),
          rng.Uniform() * kLongestS}) {
      EXPECT_EQ(Times(List({gap_s}, kLongestS)),
                std::vector<int64_t>{std::llround(gap_s * 1e9)})
          << gap_s;
    }
  }
  EXPECT_EQ(Times(List({0.49999999999999994e-9}, 1))[0], 0);
}

TEST(FaasProfilerArrivalsTest, PoissonInAWindowEqualsNumpy) {
  ArrivalSpec spec = FaasProfilerSpec(ArrivalKind::kPoisson, 100, 5, 15);
  spec.window_start_s = 5;
  spec.window_end_s = 10;
  const std::vector<int64_t> times = Times(spec);
  ASSERT_EQ(times.size(), 22u);
  EXPECT_EQ(times[0], 5259224612);
  EXPECT_EQ(times[1], 5262299117);
  EXPECT_EQ(times[2], 5444979787);
  EXPECT_EQ(times.back(), 9271087349);
}

TEST(FaasProfilerArrivalsTest, PoissonAtOddRatesEqualsNumpy) {
  const std::vector<int64_t> times =
      Times(FaasProfilerSpec(ArrivalKind::kPoisson, 0, 7.3, 20));
  ASSERT_EQ(times.size(), 149u);
  EXPECT_EQ(times[0], 109023905);
  EXPECT_EQ(times[2], 407538139);
  EXPECT_EQ(times.back(), 19947323394);
  EXPECT_THAT(Times(FaasProfilerSpec(ArrivalKind::kPoisson, 100, 0.2, 15)),
              ElementsAre(3919791840, 5551001263, 8313734350));
}

TEST(FaasProfilerArrivalsTest, SixtyThousandPoissonArrivalsEqualNumpy) {
  const std::vector<int64_t> times =
      Times(FaasProfilerSpec(ArrivalKind::kPoisson, 4294967295, 1000, 60));
  ASSERT_EQ(times.size(), 60087u);
  EXPECT_EQ(times[0], 102733);
  EXPECT_EQ(times.back(), 59999602738);
  EXPECT_EQ(Sum(times), 1798771077667909);
}

// random.seed(seed); shift = random.random() * 1.0 / rate
// gaps = int(duration * rate) * [1.0 / rate]; gaps[0] += shift
TEST(FaasProfilerArrivalsTest, UniformEqualsPython) {
  ArrivalSpec spec = FaasProfilerSpec(ArrivalKind::kUniform, 100, 5, 15);
  spec.window_start_s = 5;
  spec.window_end_s = 10;
  std::vector<int64_t> times = Times(spec);
  ASSERT_EQ(times.size(), 25u);
  EXPECT_EQ(times[0], 5029133851);
  EXPECT_EQ(times[1], 5229133851);
  EXPECT_EQ(times.back(), 9829133851);

  times = Times(FaasProfilerSpec(ArrivalKind::kUniform, 42, 3.7, 100));
  ASSERT_EQ(times.size(), 369u);
  EXPECT_EQ(times[0], 443088324);
  EXPECT_EQ(Sum(times), 18513769861796);
}

TEST(FaasProfilerArrivalsTest, InstancesOfOneSeedCoincide) {
  ArrivalSpec other = FaasProfilerSpec(ArrivalKind::kPoisson, 3, 5, 15);
  other.stream = "instance2";
  EXPECT_EQ(Times(FaasProfilerSpec(ArrivalKind::kPoisson, 3, 5, 15)),
            Times(other));
}

TEST(FaasProfilerArrivalsTest, LessThanOneInvocationIsNone) {
  EXPECT_THAT(Times(FaasProfilerSpec(ArrivalKind::kUniform, 1, 0.1, 5)),
              IsEmpty());
}

TEST(PoissonArrivalsTest, GapsAreMinusLog1pOverRateOfTheStream) {
  const std::vector<int64_t> times =
      Times(SpecOf(ArrivalKind::kPoisson, 50, 100));
  StreamRng rng(100, "instance1");
  double time_s = 0;
  for (const int64_t time_ns : times) {
    time_s += -std::log1p(-rng.Uniform()) / 50;
    // Libm may differ in the last bit; a nanosecond is 10^5 such bits.
    ASSERT_NEAR(static_cast<double>(time_ns), time_s * 1e9, 1.0);
  }
  EXPECT_GT(time_s + -std::log1p(-rng.Uniform()) / 50, 100);
}

TEST(PoissonArrivalsTest, MeanRateIsTheRate) {
  // Five standard deviations of a Poisson count of mean 10^6.
  EXPECT_NEAR(static_cast<double>(
                  Times(SpecOf(ArrivalKind::kPoisson, 10'000, 100)).size()),
              1e6, 5e3);
}

TEST(PoissonArrivalsTest, InstancesOfOneSeedDiffer) {
  ArrivalSpec other = SpecOf(ArrivalKind::kPoisson, 5, 15);
  other.stream = "instance2";
  EXPECT_NE(Times(SpecOf(ArrivalKind::kPoisson, 5, 15)), Times(other));
}

TEST(PoissonArrivalsTest, AWindowCutsTheSameProcess) {
  const ArrivalSpec whole = SpecOf(ArrivalKind::kPoisson, 200, 15);
  ArrivalSpec windowed = whole;
  windowed.window_start_s = 5;
  windowed.window_end_s = 10;
  std::vector<int64_t> expected;
  for (int64_t time_ns : Times(whole)) {
    if (time_ns > 5'000'000'000 && time_ns < 10'000'000'000) {
      expected.push_back(time_ns);
    }
  }
  EXPECT_EQ(Times(windowed), expected);
}

TEST(UniformArrivalsTest, InstantsAreShiftPlusMultiplesOfTheGap) {
  const double shift_s = StreamRng(100, "instance1").Uniform() / 8;
  const std::vector<int64_t> times =
      Times(SpecOf(ArrivalKind::kUniform, 8, 1000));
  // The 8000th would be due at 1000 s + shift.
  ASSERT_EQ(times.size(), 7999u);
  for (size_t k = 0; k < times.size(); ++k) {
    EXPECT_EQ(times[k],
              std::llround((shift_s + static_cast<double>(k + 1) / 8) * 1e9));
  }
}

TEST(UniformArrivalsTest, AnArrivalExactlyOnAnEdgeOfItsWindowIsOutside) {
  const double shift_s = StreamRng(100, "instance1").Uniform() / 8;
  ArrivalSpec spec = SpecOf(ArrivalKind::kUniform, 8, 1000);
  const std::vector<int64_t> all = Times(spec);
  // Of the third and of the sixth.
  spec.window_start_s = shift_s + 3.0 / 8;
  spec.window_end_s = shift_s + 6.0 / 8;
  EXPECT_THAT(Times(spec), ElementsAre(all[3], all[4]));
}

TEST(UniformArrivalsTest, TenMillionGapsDoNotDrift) {
  // 1 / 7 is no double: a running sum would be off by microseconds.
  const ArrivalSpec spec = SpecOf(ArrivalKind::kUniform, 700'000, 15);
  const double shift_s = StreamRng(100, "instance1").Uniform() / 700'000;
  const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
  Arrival last;
  while (const std::optional<Arrival> next = stream->Next()) last = *next;
  EXPECT_EQ(last.sequence, 10'499'998u);
  EXPECT_EQ(last.scheduled_ns,
            std::llround((shift_s + 10'499'999 / 700'000.0) * 1e9));
}

TEST(UniformArrivalsTest, FewerThanDurationTimesRateAreGenerated) {
  // int(1.9 * 1) = 1: no second one, though it could be due at 1.5 s.
  EXPECT_LE(Times(SpecOf(ArrivalKind::kUniform, 1, 1.9)).size(), 1u);
}

TEST(ListArrivalsTest, GapsAreSummed) {
  EXPECT_THAT(
      Times(List({5, 0.13, 0.15, 0.8}, 15)),
      ElementsAre(5'000'000'000, 5'130'000'000, 5'280'000'000, 6'080'000'000));
}

TEST(ListArrivalsTest, MayEndExactlyOnTheDuration) {
  EXPECT_THAT(Times(List({1, 1, 1, 1}, 3)),
              ElementsAre(1'000'000'000, 2'000'000'000, 3'000'000'000));
}

TEST(ListArrivalsTest, MayEndOnTheDurationWhereDoublesSumToMore) {
  const std::vector<double> gaps_s(20, 0.05);
  double sum_s = 0;
  for (double gap_s : gaps_s) sum_s += gap_s;
  ASSERT_GT(sum_s, 1.0);
  EXPECT_EQ(Times(List(gaps_s, 1)).size(), 20u);
  EXPECT_EQ(Times(List(gaps_s, 0.999999999)).size(), 19u);
}

TEST(ListArrivalsTest, IsCutForGoodWhereTheSumPassesTheDuration) {
  EXPECT_THAT(Times(List({1, 1e300, 1e308, 1e308, 0}, 3)),
              ElementsAre(1'000'000'000));
}

TEST(ListArrivalsTest, ZeroGapsAreABurst) {
  EXPECT_THAT(Times(List({0, 0, 2, 0}, 3)),
              ElementsAre(0, 0, 2'000'000'000, 2'000'000'000));
}

TEST(ListArrivalsTest, WindowIsIgnored) {
  ArrivalSpec spec = List({1, 1}, 3);
  spec.window_start_s = 1.5;
  spec.window_end_s = 1.6;
  EXPECT_THAT(Times(spec), ElementsAre(1'000'000'000, 2'000'000'000));
}

struct Process {
  ArrivalKind kind;
  ArrivalRng rng;
};

class EveryProcessTest : public ::testing::TestWithParam<Process> {
 protected:
  static ArrivalSpec Of(double rate_per_s, double duration_s) {
    ArrivalSpec spec = SpecOf(GetParam().kind, rate_per_s, duration_s);
    spec.rng = GetParam().rng;
    return spec;
  }
};

TEST_P(EveryProcessTest, RateZeroIsNone) {
  EXPECT_THAT(Times(Of(0, 15)), IsEmpty());
}

TEST_P(EveryProcessTest, TinyRateIsNone) {
  EXPECT_THAT(Times(Of(1e-320, 15)), IsEmpty());
}

TEST_P(EveryProcessTest, EmptyWindowIsNone) {
  ArrivalSpec spec = Of(1000, 15);
  spec.window_start_s = spec.window_end_s = 7;
  EXPECT_THAT(Times(spec), IsEmpty());
}

TEST_P(EveryProcessTest, TimesNeverDecreaseAndLieInsideTheWindow) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    ArrivalSpec spec = Of(10'000, 3);
    spec.seed = seed;
    spec.window_start_s = 0.5;
    const std::vector<int64_t> times = Times(spec);
    ASSERT_GT(times.size(), 20'000u);
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
    EXPECT_GT(times.front(), 500'000'000);
    EXPECT_LT(times.back(), 3'000'000'000);
  }
}

TEST_P(EveryProcessTest, NothingIsRoundedUpToTheDuration) {
  // Of many short runs, some have an instant in the last half nanosecond.
  for (uint32_t seed = 0; seed < 5000; ++seed) {
    ArrivalSpec spec = Of(kMaxRatePerS, 1e-6 + 3e-10);
    spec.seed = seed;
    for (int64_t time_ns : Times(spec)) ASSERT_LT(time_ns, 1000);
  }
}

TEST_P(EveryProcessTest, SameSpecGivesTheSameTimes) {
  EXPECT_EQ(Times(Of(1000, 3)), Times(Of(1000, 3)));
}

TEST_P(EveryProcessTest, TheHighestRateOverTheLongestRunStarts) {
  const std::unique_ptr<ArrivalStream> stream =
      MakeArrivalStream(Of(kMaxRatePerS, kMaxDurationS));
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(stream->Next()->sequence, i);
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryProcessTest,
    ::testing::Values(Process{ArrivalKind::kPoisson, ArrivalRng::kIndependent},
                      Process{ArrivalKind::kUniform, ArrivalRng::kIndependent},
                      Process{ArrivalKind::kPoisson, ArrivalRng::kFaasProfiler},
                      Process{ArrivalKind::kUniform,
                              ArrivalRng::kFaasProfiler}));

}  // namespace
}  // namespace invocator
