// How often 95 % intervals hold the truth, in simulated runs of services whose
// calls are alike when they are near in time. Virtual time, fixed seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "coordinator/statistics/mean_interval.h"
#include "coordinator/statistics/quantile_interval.h"
#include "tests/support/sanitizers.h"
#include "tests/support/simulated_latencies.h"

namespace invocator {
namespace {

constexpr int kRuns = 400;

// Arithmetic that other tests run under sanitizers, many times over.
class Coverage : public testing::Test {
 protected:
  void SetUp() override {
#ifdef INVOCATOR_SANITIZED
    GTEST_SKIP() << "takes minutes with a sanitizer";
#endif
  }
};

constexpr double kRatios[] = {0.5, 0.9, 0.99};

struct Case {
  std::string name;
  Service service;
  double seconds;
  std::vector<double> truth_ns;  // by kRatios; empty: from a long simulation
};

std::vector<double> LongSimulation(const Service& service) {
  Histogram all;
  for (uint32_t run = 0; run < 10; ++run) {
    all.Merge(Simulate(service, 1000, /*seed=*/99, run).whole());
  }
  std::vector<double> truth;
  for (const double ratio : kRatios) {
    truth.push_back(static_cast<double>(all.QuantileNs(ratio)));
  }
  return truth;
}

std::vector<double> ExponentialTruth(double mean_s) {
  std::vector<double> truth;
  for (const double ratio : kRatios) {
    truth.push_back(-std::log1p(-ratio) * mean_s * 1e9);
  }
  return truth;
}

// scipy.stats.norm.ppf([0.5, 0.9, 0.99])
std::vector<double> LognormalTruth(double base_s, double sigma) {
  std::vector<double> truth;
  for (const double z : {0.0, 1.2815515655446004, 2.3263478740408408}) {
    truth.push_back(base_s * std::exp(sigma * z) * 1e9);
  }
  return truth;
}

std::vector<Case> Cases() {
  return {
      {"M/M/1 load 0.5, 200/s", MM1(0.5, 200), 60,
       ExponentialTruth(1 / (200 / 0.5 - 200))},
      {"M/M/1 load 0.8, 100/s", MM1(0.8, 100), 60,
       ExponentialTruth(1 / (100 / 0.8 - 100))},
      {"M/M/1 load 0.8, 300/s", MM1(0.8, 300), 60,
       ExponentialTruth(1 / (300 / 0.8 - 300))},
      {"M/G/4 load 0.7, 200/s", MGc(4, 0.7, 200), 60, {}},
      {"AR(1) 0.9, 200/s", Ar1(0.9, 200, 0.1, 0.5), 60,
       LognormalTruth(0.1, 0.5)},
      {"AR(1) 0.99, 200/s", Ar1(0.99, 200, 0.1, 0.5), 60,
       LognormalTruth(0.1, 0.5)},
      {"cold, 0.5/s of 5", ColdClusters(200, 0.5, 5), 60, {}},
      {"cold, 0.2/s of 15", ColdClusters(200, 0.2, 15), 120, {}},
  };
}

struct Tally {
  int covered = 0;  // an end that is not known counts as infinite
  int known = 0;    // both ends
  int known_covered = 0;
  int nothing = 0;  // no end, for another reason than few calls

  void Count(const Interval& interval, double truth_ns) {
    // Within a histogram's cell.
    const auto cell = [](double ns) {
      return Histogram::CellIndex(std::llround(ns));
    };
    const bool covers =
        (!interval.low || cell(*interval.low) <= cell(truth_ns)) &&
        (!interval.high || cell(*interval.high) >= cell(truth_ns));
    covered += covers;
    if (interval.IsKnown()) {
      ++known;
      known_covered += covers;
    }
    nothing += !interval.low && !interval.high &&
               interval.unknown != Unknown::kFewCalls;
  }
  std::string Text() const {
    char text[200];
    std::snprintf(text, sizeof(text),
                  "%.1f %% cover, %d of %d know both ends (%.1f %% cover), %d "
                  "claim nothing",
                  100.0 * covered / kRuns, known, kRuns,
                  100.0 * known_covered / std::max(known, 1), nothing);
    return text;
  }
};

TEST_F(Coverage, IntervalsOfPercentilesHoldTheTruthIn90To98PercentOfRuns) {
  for (Case& one : Cases()) {
    if (one.truth_ns.empty()) one.truth_ns = LongSimulation(one.service);
    Tally tallies[std::size(kRatios)];
    for (uint32_t run = 0; run < kRuns; ++run) {
      const LatencyBins bins =
          Simulate(one.service, one.seconds, /*seed=*/1, run);
      for (size_t i = 0; i < std::size(kRatios); ++i) {
        tallies[i].Count(QuantileInterval(bins, kRatios[i]), one.truth_ns[i]);
      }
    }
    for (size_t i = 0; i < std::size(kRatios); ++i) {
      const Tally& tally = tallies[i];
      std::printf("%-24s p%g: %s\n", one.name.c_str(), 100 * kRatios[i],
                  tally.Text().c_str());
      EXPECT_GE(tally.covered, 0.90 * kRuns)
          << one.name << " p" << 100 * kRatios[i] << ": " << tally.Text();
      EXPECT_LE(tally.covered, 0.98 * kRuns)
          << one.name << " p" << 100 * kRatios[i] << ": " << tally.Text();
      EXPECT_LE(tally.nothing, 0.02 * kRuns) << one.name;
    }
  }
}

// Runs of 60 s that do not know the upper end of p99.
TEST_F(Coverage, TwiceTheCallsAskedForAreEnough) {
  constexpr uint32_t kShort = 100;
  constexpr uint32_t kTwice = 40;
  struct Row {
    const char* name;
    Service service;
    double rate;
  };
  for (const Row& row :
       {Row{"M/M/1 load 0.5", MM1(0.5, 100), 100},
        Row{"M/M/1 load 0.8", MM1(0.8, 100), 100},
        Row{"cold, 0.2/s of 15", ColdClusters(200, 0.2, 15), 200}}) {
    std::vector<double> needed;
    for (uint32_t run = 0; run < kShort; ++run) {
      const Interval p99 =
          QuantileInterval(Simulate(row.service, 60, /*seed=*/2, run), 0.99);
      if (p99.unknown == Unknown::kFewCalls) {
        needed.push_back(static_cast<double>(p99.needed_calls));
      }
    }
    ASSERT_GE(needed.size(), kShort / 10) << row.name;
    std::sort(needed.begin(), needed.end());
    const double median = needed[needed.size() / 2];
    uint32_t unknown = 0;
    for (uint32_t run = 0; run < kTwice; ++run) {
      unknown += !QuantileInterval(Simulate(row.service, 2 * median / row.rate,
                                            /*seed=*/3, run),
                                   0.99)
                      .IsKnown();
    }
    std::printf("%-20s %zu of %u need about %.0f; %u of %u with twice\n",
                row.name, needed.size(), kShort, median, unknown, kTwice);
    EXPECT_LE(unknown, kTwice / 10) << row.name << " needs " << median;
  }
}

// M/M/1's mean response is 1 / (200 / 0.5 - 200) s; a lognormal law's,
// exp(sigma^2 / 2) times its median.
TEST_F(Coverage, IntervalsOfMeansHoldTheTruth) {
  struct Row {
    const char* name;
    Service service;
    double truth_ns;
  };
  for (const Row& row :
       {Row{"M/M/1 load 0.5", MM1(0.5, 200), 5e6},
        Row{"AR(1) 0.9", Ar1(0.9, 200, 0.1, 0.5), 0.1e9 * std::exp(0.125)}}) {
    int covered = 0;
    for (uint32_t run = 0; run < kRuns; ++run) {
      const Interval mean =
          MeanInterval(Simulate(row.service, 60, /*seed=*/1, run));
      covered += (!mean.low || *mean.low <= row.truth_ns) &&
                 (!mean.high || *mean.high >= row.truth_ns);
    }
    std::printf("%-20s mean: %.1f %% cover\n", row.name,
                100.0 * covered / kRuns);
    EXPECT_GE(covered, 0.90 * kRuns) << row.name;
    EXPECT_LE(covered, 0.98 * kRuns) << row.name;
  }
}

}  // namespace
}  // namespace invocator
