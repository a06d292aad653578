#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/expected_calls.h"
#include "common/arrivals/rate_walk.h"

namespace invocator {
namespace {

ArrivalSpec Spec(const Bursts& bursts, double duration_s, uint32_t seed = 1) {
  ArrivalSpec spec;
  spec.stream = "instance1";
  spec.seed = seed;
  spec.duration_s = spec.window_end_s = duration_s;
  spec.bursts = bursts;
  return spec;
}

// Whether a stay is on: bursts of one call per second.
bool IsOn(const BurstStates& states) { return states.per_s() > 0; }

TEST(BurstStatesTest, BeginInTheirStationaryState) {
  constexpr int kSeeds = 10'000;
  constexpr double kOnS = 2;
  constexpr double kOffS = 6;
  int on = 0;
  double on_s = 0;
  double off_s = 0;
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    const BurstStates states(Spec({1, kOnS, kOffS}, 1, seed));
    on += IsOn(states);
    (IsOn(states) ? on_s : off_s) += states.end_s();
  }
  // Five standard deviations of a binomial, and of exponential means.
  EXPECT_NEAR(on, 0.25 * kSeeds, 5 * std::sqrt(0.25 * 0.75 * kSeeds));
  EXPECT_NEAR(on_s / on, kOnS, 5 * kOnS / std::sqrt(on));
  EXPECT_NEAR(off_s / (kSeeds - on), kOffS, 5 * kOffS / std::sqrt(kSeeds - on));
}

TEST(BurstStatesTest, StaysAreExponentialWithTheirMeans) {
  constexpr int kStays = 200'000;
  BurstStates states(Spec({1, 0.5, 30}, 1));
  double sums[2] = {};
  int above_mean[2] = {};
  for (int i = 0; i < kStays; ++i) {
    const double begin_s = states.end_s();
    states.Advance();
    const int on = IsOn(states) ? 1 : 0;
    const double mean_s = on ? 0.5 : 30;
    sums[on] += (states.end_s() - begin_s) / mean_s;
    above_mean[on] += states.end_s() - begin_s > mean_s;
  }
  for (int on = 0; on < 2; ++on) {
    EXPECT_NEAR(sums[on] / (kStays / 2), 1, 5 / std::sqrt(kStays / 2));
    // e^-1 of exponential stays are longer than the mean.
    EXPECT_NEAR(above_mean[on] / (kStays / 2.0), 0.36788,
                5 * 0.5 / std::sqrt(kStays / 2));
  }
}

TEST(BurstStatesTest, AreTheSameWhateverIsCalledMeanwhile) {
  const Bursts kBursts = {500, 1, 3};
  struct Stay {
    int64_t begin_ns;
    int64_t end_ns;
    bool on;
  };
  std::vector<Stay> stays;
  BurstStates states(Spec(kBursts, 100));
  for (double begin_s = 0; begin_s < 100; states.Advance()) {
    stays.push_back({static_cast<int64_t>(begin_s * 1e9),
                     static_cast<int64_t>(states.end_s() * 1e9) + 1,
                     states.per_s() > 0});
    begin_s = states.end_s();
  }
  for (const ArrivalKind kind :
       {ArrivalKind::kPoisson, ArrivalKind::kUniform, ArrivalKind::kGamma,
        ArrivalKind::kWeibull, ArrivalKind::kLognormal, ArrivalKind::kPareto}) {
    ArrivalSpec spec = Spec(kBursts, 100);
    spec.kind = kind;
    if (kind == ArrivalKind::kGamma) spec.law = GammaGaps(0.5);
    if (kind == ArrivalKind::kWeibull) spec.law = WeibullGaps(0.5);
    if (kind == ArrivalKind::kLognormal) spec.law = LognormalGaps(0.5);
    if (kind == ArrivalKind::kPareto) spec.law = ParetoGaps(3);
    const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
    std::vector<int> calls(stays.size());
    size_t stay = 0;
    while (const std::optional<Arrival> arrival = stream->Next()) {
      while (arrival->scheduled_ns > stays[stay].end_ns) ++stay;
      ++calls[stay];
    }
    for (size_t i = 0; i < stays.size(); ++i) {
      const double length_s =
          static_cast<double>(stays[i].end_ns - stays[i].begin_ns) * 1e-9;
      if (!stays[i].on) {
        EXPECT_LE(calls[i], 1) << "rounded over the edge, stay " << i;
      } else if (stays[i].end_ns < 100'000'000'000) {
        const double mean = 500 * length_s;
        EXPECT_NEAR(calls[i], mean, 6 * std::sqrt(mean) + 2)
            << static_cast<int>(kind);
      }
    }
  }
}

TEST(BurstStatesTest, HaveAStreamOfTheirOwn) {
  const BurstStates one(Spec({1, 2, 3}, 10, 1));
  const BurstStates again(Spec({1, 2, 3}, 10, 1));
  const BurstStates other(Spec({1, 2, 3}, 10, 2));
  EXPECT_EQ(one.end_s(), again.end_s());
  EXPECT_NE(one.end_s(), other.end_s());
}

// Calls of [0, duration) in windows of `window_s`: variance over mean.
double IndexOfDispersion(const ArrivalSpec& spec, double window_s) {
  const auto window_ns = static_cast<int64_t>(window_s * 1e9);
  std::vector<int> counts(
      static_cast<size_t>(spec.duration_s / window_s + 0.5));
  const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
  while (const std::optional<Arrival> arrival = stream->Next()) {
    ++counts[static_cast<size_t>(arrival->scheduled_ns / window_ns)];
  }
  double mean = 0;
  for (const int count : counts) mean += count;
  mean /= static_cast<double>(counts.size());
  double squares = 0;
  for (const int count : counts) squares += (count - mean) * (count - mean);
  return squares / static_cast<double>(counts.size() - 1) / mean;
}

// Two states of rates l1, l2, left at rates s1, s2 (Fischer and
// Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook",
// Performance Evaluation 18, 1993):
//   IDC(t) = 1 + 2 s1 s2 (l1 - l2)^2 / ((s1 + s2)^2 (l1 s2 + l2 s1))
//                * (1 - (1 - e^(-(s1 + s2) t)) / ((s1 + s2) t))
// The variance of the integrated rate, whose covariance falls with e^-(s1+s2)u,
// gives the same. Without l2 the limit is 1 + 2 l1 on off^2 / (on + off)^2.
double MmppDispersion(double l1, double l2, double on_s, double off_s,
                      double t_s) {
  const double s1 = 1 / on_s;
  const double s2 = 1 / off_s;
  const double s = s1 + s2;
  return 1 + 2 * s1 * s2 * (l1 - l2) * (l1 - l2) /
                 (s * s * (l1 * s2 + l2 * s1)) *
                 (1 - (1 - std::exp(-s * t_s)) / (s * t_s));
}

TEST(BurstsTest, IndexOfDispersionIsThatOfAnMmpp) {
  // 1 + 2 * 200 * 0.5 * 1.5^2 / 2^2 = 113.5, less what a second cuts off.
  ASSERT_NEAR(MmppDispersion(200, 0, 0.5, 1.5, 1e9), 113.5, 1e-3);
  const struct {
    double base_per_s;
    Bursts bursts;
    double window_s;
  } kRows[] = {
      {0, {200, 0.5, 1.5}, 0.1},
      {0, {200, 0.5, 1.5}, 1},
      {0, {200, 0.5, 1.5}, 20},
      {20, {100, 0.2, 0.3}, 1},
  };
  for (const auto& row : kRows) {
    ArrivalSpec spec = Spec(row.bursts, 20'000, 77);
    spec.rate = row.base_per_s;
    const double expected = MmppDispersion(row.base_per_s + row.bursts.per_s,
                                           row.base_per_s, row.bursts.mean_on_s,
                                           row.bursts.mean_off_s, row.window_s);
    // A variance from n windows has a relative error of some sqrt(2 / n), and
    // more where the windows are shorter than the stays.
    const double windows =
        spec.duration_s / std::max(row.window_s, 2 * row.bursts.mean_on_s);
    EXPECT_NEAR(IndexOfDispersion(spec, row.window_s) / expected, 1,
                5 * std::sqrt(2 / windows))
        << row.window_s;
  }
}

TEST(BurstsTest, ExpectedCallsFollowTheStates) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    ArrivalSpec spec = Spec({1000, 2, 5}, 60, seed);
    spec.kind = ArrivalKind::kUniform;
    const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
    int calls = 0;
    while (stream->Next()) ++calls;
    // Evenly spaced: within the shift and the last.
    EXPECT_NEAR(ExpectedCalls(spec), calls, 2) << seed;
  }
}

}  // namespace
}  // namespace invocator
