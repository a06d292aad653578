#include "coordinator/precision/precision_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "coordinator/json/suggestion.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using testing::ElementsAre;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kS = 1'000 * kMs;
constexpr int64_t kDrain = 20 * kS;
constexpr uint64_t kPerBin = 20;

std::vector<double> LookTimes(const PrecisionResult& result) {
  std::vector<double> times;
  for (const PrecisionLook& look : result.looks) times.push_back(look.at_s);
  return times;
}

// A plan of 600 s, or less: bins of a second with 20 calls each.
class PrecisionWatchTest : public testing::Test {
 protected:
  void Watch(std::vector<std::string> goals, double duration_s = 600,
             double warmup_s = 0, size_t workers = 1) {
    Plan plan = PlanOf({ListInstance("f", {}, duration_s)}, duration_s);
    plan.warmup_s = warmup_s;
    const TimeBins bins(duration_s);
    ASSERT_EQ(bins.width_ns(), kS);
    timeline_.emplace(bins, ChooseLanes({1}),
                      std::vector<std::vector<uint64_t>>{
                          std::vector<uint64_t>(bins.planned(), kPerBin)},
                      workers);
    watch_.emplace(plan, workers);
    watch_->Watch(*ParsePrecisionGoals(goals, &NearestWord), kDrain);
    workers_ = workers;
  }

  // Calls of one bin, which have ended.
  void Add(uint32_t bin, const std::vector<int64_t>& latencies_ns) {
    BinTotals totals;
    for (const int64_t ns : latencies_ns) {
      ++totals.sent;
      ++totals.Of(Outcome::kOk);
      totals.response.Add(ns);
      totals.service.Add(ns);
    }
    timeline_->Add(0, 0, bin, totals);
  }
  void AddSteady(uint32_t from, uint32_t until) {
    for (uint32_t bin = from; bin < until; ++bin) {
      Add(bin, std::vector<int64_t>(kPerBin, 10 * kMs));
    }
  }
  // Independent exponential latencies, of a mean of 10 ms.
  void AddExponential(uint32_t from, uint32_t until) {
    for (uint32_t bin = from; bin < until; ++bin) {
      std::vector<int64_t> latencies_ns;
      for (uint64_t i = 0; i < kPerBin; ++i) {
        const double uniform =
            (static_cast<double>(random_() >> 11) + 0.5) / 9007199254740992.0;
        latencies_ns.push_back(
            static_cast<int64_t>(-std::log(uniform) * 10 * kMs));
      }
      Add(bin, latencies_ns);
    }
  }

  // All workers have reported up to there; now is a second later, or `run_s`.
  std::optional<int64_t> JudgeAt(double reported_s, double run_s = 0) {
    for (size_t i = 0; i < workers_; ++i) {
      watch_->SetReportedUntil(i, static_cast<int64_t>(reported_s * 1e9));
    }
    return Judge(run_s > 0 ? run_s : reported_s + 1);
  }
  std::optional<int64_t> Judge(double run_s) {
    return watch_->Judge(*timeline_, static_cast<int64_t>(run_s * 1e9),
                         [&](size_t worker) { return worker == silent_; });
  }
  std::vector<PrecisionResult> Finish(bool played_to_end = true) {
    return watch_->Finish(*timeline_, played_to_end);
  }

  std::mt19937_64 random_{7};
  std::optional<Timeline> timeline_;
  std::optional<PrecisionWatch> watch_;
  size_t workers_ = 1;
  size_t silent_ = SIZE_MAX;
};

TEST_F(PrecisionWatchTest, WithoutGoalsNothingIsWatched) {
  Watch({});
  EXPECT_FALSE(watch_->any());
  EXPECT_TRUE(Finish().empty());
}

TEST_F(PrecisionWatchTest, TheSecondLookInARowEndsTheRun) {
  Watch({"response p50 within 5%"});
  AddSteady(0, 61);
  EXPECT_EQ(JudgeAt(29.99), std::nullopt);
  EXPECT_EQ(JudgeAt(30), std::nullopt) << "never before two looks";
  EXPECT_EQ(JudgeAt(59.99), std::nullopt);
  EXPECT_EQ(JudgeAt(60), 63 * kS);
  EXPECT_EQ(watch_->stopped_from_ns(), 63 * kS);
  EXPECT_EQ(JudgeAt(61), std::nullopt) << "once";
  const auto results = Finish();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(results[0].known());
  EXPECT_THAT(LookTimes(results[0]), ElementsAre(30, 60));
}

TEST_F(PrecisionWatchTest, LooksThatWereMissedAreTakenInTheirOrder) {
  Watch({"response p50 within 5%"});
  AddSteady(0, 130);
  EXPECT_EQ(JudgeAt(130, 131.5), 133 * kS) << "first bin 1 s ahead";
  EXPECT_THAT(LookTimes(Finish()[0]), ElementsAre(30, 60));
}

TEST_F(PrecisionWatchTest, TheEndIsASecondAheadAndABinsBoundary) {
  Watch({"response p50 within 5%"});
  AddSteady(0, 60);
  EXPECT_EQ(JudgeAt(60, 62.000000001), 64 * kS);
}

TEST_F(PrecisionWatchTest, ReportsOfAllWorkersAreAwaitedButNotOfTheLost) {
  Watch({"response p50 within 5%"}, 600, 0, /*workers=*/2);
  AddSteady(0, 60);
  watch_->SetReportedUntil(0, 60 * kS);
  watch_->SetReportedUntil(1, 59 * kS);
  EXPECT_EQ(Judge(61), std::nullopt);
  silent_ = 1;
  EXPECT_EQ(Judge(61), 63 * kS);
}

TEST_F(PrecisionWatchTest, NothingIsDecidedWhenNobodyIsLeft) {
  Watch({"response p50 within 5%"});
  AddSteady(0, 60);
  silent_ = 0;
  EXPECT_EQ(JudgeAt(60), std::nullopt);
}

TEST_F(PrecisionWatchTest, ALookWaitsForItsSlowCallsUpToTheDrainTime) {
  Watch({"response p50 within 5%"});
  AddSteady(0, 59);
  Add(59, std::vector<int64_t>(kPerBin - 1, 10 * kMs));
  EXPECT_EQ(JudgeAt(60), std::nullopt);
  EXPECT_EQ(JudgeAt(79.9), std::nullopt);
  EXPECT_EQ(JudgeAt(80), 82 * kS);
}

TEST_F(PrecisionWatchTest, TheSlowCallIsInTheLook) {
  Watch({"response mean within 5%"});
  AddSteady(0, 59);
  Add(59, std::vector<int64_t>(kPerBin - 1, 10 * kMs));
  EXPECT_EQ(JudgeAt(65), std::nullopt);
  Add(59, {5'000 * kMs});
  EXPECT_EQ(JudgeAt(66), std::nullopt) << "it makes the mean uncertain";
  const auto results = Finish(/*played_to_end=*/false);
  ASSERT_THAT(LookTimes(results[0]), ElementsAre(30, 60));
  const double mean_ns = (1199 * 10e6 + 5e9) / 1200;
  EXPECT_NEAR(results[0].looks[1].interval.estimate, mean_ns, mean_ns / 1000);
  EXPECT_TRUE(results[0].looks[0].within);
  EXPECT_FALSE(results[0].looks[1].within);
}

TEST_F(PrecisionWatchTest, AWideIntervalGoesOnUntilTwoLooksAreNarrow) {
  // Of an exponential law's median, m ln 2, half the 99 % interval is
  // 2.576 m / sqrt(n): of the estimate 15.2 % with 600 calls, 10.7 % with
  // 1,200 and 7.6 % with 2,400, as far as it goes.
  Watch({"response p50 within 12.5%"});
  AddExponential(0, 240);
  EXPECT_EQ(JudgeAt(30), std::nullopt);
  EXPECT_EQ(JudgeAt(60), std::nullopt);
  EXPECT_EQ(JudgeAt(119), std::nullopt);
  EXPECT_EQ(JudgeAt(120), 123 * kS);
  const auto results = Finish();
  ASSERT_EQ(results[0].looks.size(), 3u);
  EXPECT_FALSE(results[0].looks[0].within);
  EXPECT_TRUE(results[0].looks[1].within);
  EXPECT_TRUE(results[0].looks[2].within);
  for (const PrecisionLook& look : results[0].looks) {
    EXPECT_LE(*look.interval.low, 10e6 * std::log(2));
    EXPECT_GE(*look.interval.high, 10e6 * std::log(2));
  }
}

TEST_F(PrecisionWatchTest, AnUnknownIntervalIsNotNarrow) {
  // p99.9 needs thousands of calls.
  Watch({"response p99.9 within 100%"});
  AddExponential(0, 240);
  EXPECT_EQ(JudgeAt(240), std::nullopt);
  const auto results = Finish(/*played_to_end=*/false);
  ASSERT_EQ(results[0].looks.size(), 4u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(results[0].looks[i].interval.high, std::nullopt);
    EXPECT_FALSE(results[0].looks[i].within);
  }
}

TEST_F(PrecisionWatchTest, AllGoalsHaveToBeKnown) {
  Watch({"response p50 within 12.5%", "service p50 within 50%"});
  AddExponential(0, 240);
  EXPECT_EQ(JudgeAt(60), std::nullopt);
  EXPECT_EQ(JudgeAt(120), 123 * kS);
}

TEST_F(PrecisionWatchTest, BinsBeginAfterTheWarmUp) {
  Watch({"response p50 within 5%"}, 600, 2.5);
  for (uint32_t bin = 0; bin < 3; ++bin) {
    Add(bin, std::vector<int64_t>(kPerBin, 900 * kMs));
  }
  AddSteady(3, 63);
  EXPECT_EQ(JudgeAt(62.9), std::nullopt);
  EXPECT_EQ(JudgeAt(63), 66 * kS);
  const auto results = Finish();
  EXPECT_THAT(LookTimes(results[0]), ElementsAre(33, 63));
  EXPECT_LT(*results[0].looks[0].interval.high, 11e6);
}

TEST_F(PrecisionWatchTest, ARunThatIsAboutToEndPlaysOn) {
  Watch({"response p50 within 5%"}, 63);
  AddSteady(0, 63);
  EXPECT_EQ(JudgeAt(60), std::nullopt);
  EXPECT_EQ(watch_->stopped_from_ns(), std::nullopt);
  const auto results = Finish();
  EXPECT_TRUE(results[0].known());
  EXPECT_THAT(LookTimes(results[0]), ElementsAre(30, 60, 63));
}

TEST_F(PrecisionWatchTest, TheLastLookIsAtWholeBins) {
  Watch({"response p50 within 5%"}, 45.5);
  AddSteady(0, 46);
  EXPECT_EQ(JudgeAt(45.5), std::nullopt);
  const auto results = Finish();
  EXPECT_THAT(LookTimes(results[0]), ElementsAre(30, 45));
  EXPECT_TRUE(results[0].known());
}

TEST_F(PrecisionWatchTest, OneLookIsNotEnoughToKnow) {
  Watch({"response p50 within 5%"}, 30);
  AddSteady(0, 30);
  EXPECT_EQ(JudgeAt(30), std::nullopt);
  const auto results = Finish();
  EXPECT_THAT(LookTimes(results[0]), ElementsAre(30));
  EXPECT_TRUE(results[0].looks[0].within);
  EXPECT_FALSE(results[0].known());
}

TEST_F(PrecisionWatchTest, ARunThatWasCutShortHasNoLastLook) {
  Watch({"response p50 within 5%"}, 100);
  AddSteady(0, 50);
  EXPECT_EQ(JudgeAt(50), std::nullopt);
  EXPECT_THAT(LookTimes(Finish(/*played_to_end=*/false)[0]), ElementsAre(30));
}

}  // namespace
}  // namespace invocator
