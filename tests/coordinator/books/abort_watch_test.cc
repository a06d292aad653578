#include "coordinator/books/abort_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/workload/threshold_reader.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kS = 1'000 * kMs;

// Two instances of 20 calls a second each, for 100 s: ticks are seconds.
class AbortWatchTest : public testing::Test {
 protected:
  AbortWatchTest() {
    plan_.duration_s = 100;
    for (const char* name : {"a", "b"}) {
      InstancePlan& instance = plan_.instances.emplace_back();
      instance.name = name;
      instance.arrivals = {.kind = ArrivalKind::kUniform,
                           .seed = 1,
                           .stream = name,
                           .rate = 20,
                           .duration_s = 100,
                           .window_start_s = 0,
                           .window_end_s = 100,
                           .gaps_s = {}};
    }
    thresholds_.instances.resize(2);
  }

  static Threshold Aborting(const std::string& check, double after_s = 10,
                            double window_s = 10) {
    Threshold threshold = *ReadCheck(check);
    threshold.abort = {after_s, window_s};
    return threshold;
  }

  void Watch(size_t workers = 1) {
    census_ = TakeCensus(plan_, {{{0, 0, 1}, {1, 0, 1}}});
    watch_.emplace(plan_, census_, thresholds_, workers);
    workers_ = workers;
  }

  // In one second, of one instance: calls scheduled, sent and ended in it.
  struct Calls {
    uint64_t ok = 0;
    uint64_t throttled = 0;
    uint64_t cold = 0;
    uint64_t warm = 0;
    uint64_t dropped = 0;
    int64_t response_ns = 0;
  };
  void Add(size_t instance, uint32_t second, const Calls& calls) {
    BinTotals bin;
    bin.sent = calls.ok + calls.throttled;
    bin.Of(Outcome::kOk) = calls.ok;
    bin.Of(Outcome::kThrottled) = calls.throttled;
    bin.cold = calls.cold;
    bin.warm = calls.warm;
    bin.dropped = calls.dropped;
    for (Histogram* histogram : {&bin.service, &bin.response}) {
      histogram->Add(calls.response_ns, bin.sent);
    }
    bin.lateness.Add(0, bin.sent);
    watch_->Add(instance, second, bin);
  }

  // All workers have reported up to that second.
  std::optional<ThresholdResult> JudgeAt(double second,
                                         uint64_t in_flight = 0) {
    for (size_t worker = 0; worker < workers_; ++worker) {
      watch_->SetReportedUntil(worker, static_cast<int64_t>(second * kS),
                               in_flight);
    }
    return Judge();
  }
  std::optional<ThresholdResult> Judge() {
    return watch_->Judge([this](size_t worker) { return silent_ == worker; });
  }

  // The second at which the run is ended, if `calls(second)` come of instance
  // 0; 0: never.
  template <typename CallsAt>
  double EndOf(CallsAt calls, uint64_t in_flight = 0) {
    for (uint32_t second = 0; second < 100; ++second) {
      Add(0, second, calls(second));
      if (auto missed = JudgeAt(second + 1, in_flight)) {
        return missed->window->until_s;
      }
    }
    return 0;
  }

  Plan plan_;
  WorkloadThresholds thresholds_;
  Census census_;
  std::optional<AbortWatch> watch_;
  size_t workers_ = 1;
  std::optional<size_t> silent_;
};

TEST_F(AbortWatchTest, WithoutSuchThresholdsNothingIsWatched) {
  thresholds_.run = {*ReadCheck("throttled < 1%")};
  Watch();
  EXPECT_FALSE(watch_->any());
}

// One call in ten fails, give or take: whether it is more cannot be told from
// 200 calls. One in two is more.
TEST_F(AbortWatchTest, AMissThatMayBeChanceEndsNothing) {
  thresholds_.run = {Aborting("throttled < 10%")};
  Watch();
  constexpr uint64_t kThrottled[] = {1, 3, 2, 4, 1, 2, 3, 2, 1, 3};
  for (uint32_t second = 0; second < 40; ++second) {
    const uint64_t throttled = kThrottled[second % 10];
    Add(0, second, {.ok = 20 - throttled, .throttled = throttled});
    EXPECT_FALSE(JudgeAt(second + 1)) << second;
  }
  for (uint32_t second = 40; second < 50; ++second) {
    const uint64_t throttled = 8 + kThrottled[second % 10];
    Add(0, second, {.ok = 20 - throttled, .throttled = throttled});
    if (JudgeAt(second + 1)) return;
  }
  FAIL() << "never";
}

TEST_F(AbortWatchTest, AShareIsOfTheCallsThatEndedInTheWindow) {
  thresholds_.run = {Aborting("throttled < 10%", 10, 10)};
  Watch();
  // From second 20 on, all. One such second may be chance.
  for (uint32_t second = 0; second < 20; ++second) {
    Add(0, second, {.ok = 20});
    EXPECT_FALSE(JudgeAt(second + 1));
  }
  std::optional<ThresholdResult> missed;
  uint32_t seconds = 0;
  while (!missed && seconds < 10) {
    Add(0, 20 + seconds, {.throttled = 20});
    ++seconds;
    missed = JudgeAt(20 + seconds);
  }
  ASSERT_TRUE(missed);
  EXPECT_GT(seconds, 1u);
  EXPECT_LT(seconds, 6u);
  EXPECT_EQ(missed->count, 20u * seconds);
  EXPECT_EQ(missed->of, 200u);
  EXPECT_EQ(missed->window->until_s, 20 + seconds);
  EXPECT_EQ(missed->window->length_s, 10);
  EXPECT_EQ(missed->state, ThresholdState::kMissed);
}

TEST_F(AbortWatchTest, NothingIsJudgedBeforeItsTime) {
  thresholds_.run = {Aborting("throttled < 10%", 30, 5)};
  Watch();
  EXPECT_EQ(EndOf([](uint32_t) { return Calls{.throttled = 20}; }), 30);
}

TEST_F(AbortWatchTest, FractionsOfSecondsAreRoundedUp) {
  thresholds_.run = {Aborting("throttled < 10%", 2.5, 1.5)};
  Watch();
  EXPECT_EQ(EndOf([](uint32_t) { return Calls{.throttled = 20}; }), 3);
}

TEST_F(AbortWatchTest, OldFailuresLeaveTheWindow) {
  thresholds_.run = {Aborting("throttled <= 19", 10, 5)};
  Watch();
  // 10 in every second third: no five seconds in a row have 20.
  EXPECT_EQ(EndOf([](uint32_t second) {
              return Calls{.ok = 20, .throttled = second % 3 == 0 ? 9u : 0u};
            }),
            0);
}

TEST_F(AbortWatchTest, AWindowWithFewerThanTenEndedCallsIsNotJudged) {
  thresholds_.run = {Aborting("throttled < 10%", 3, 3)};
  Watch();
  EXPECT_EQ(EndOf([](uint32_t) { return Calls{.throttled = 3}; }), 0);
  Watch();
  EXPECT_EQ(EndOf([](uint32_t second) {
              return Calls{.throttled = second == 50 ? 4u : 3u};
            }),
            51);
}

TEST_F(AbortWatchTest, LatenciesAreThoseScheduledInTheWindow) {
  thresholds_.run = {Aborting("response p99 < 300ms", 10, 10)};
  Watch();
  EXPECT_EQ(EndOf([](uint32_t second) {
              return Calls{.ok = 20,
                           .response_ns = (second < 40 ? 200 : 400) * kMs};
            }),
            41);
}

TEST_F(AbortWatchTest, ColdIsOfTheCallsKnown) {
  thresholds_.run = {Aborting("cold < 50%", 10, 10)};
  Watch();
  EXPECT_EQ(EndOf([](uint32_t second) {
              return Calls{.ok = 100,
                           .cold = second < 30 ? 4u : 8u,
                           .warm = second < 30 ? 6u : 2u};
            }),
            // 4 n of 8 and 10 - n of 4: 50 of 100 with n = 2.5. At 33 it may
            // be chance.
            34);
}

TEST_F(AbortWatchTest, DroppedIsOfTheCallsPlanned) {
  thresholds_.run = {Aborting("dropped < 10%", 10, 10)};
  Watch();
  // 40 calls are planned a second: 4 of them are 10 %, whatever has ended.
  EXPECT_EQ(EndOf([](uint32_t) { return Calls{.ok = 2, .dropped = 3}; }), 0);
  Watch();
  EXPECT_EQ(EndOf([](uint32_t) { return Calls{.ok = 200, .dropped = 5}; }), 10);
}

TEST_F(AbortWatchTest, CallsInFlightAreThoseReported) {
  thresholds_.run = {Aborting("max_in_flight < 500", 10, 10)};
  Watch();
  EXPECT_EQ(EndOf([](uint32_t) { return Calls(); }, /*in_flight=*/499), 0);
  // Where nothing ends, too.
  Watch();
  EXPECT_EQ(EndOf([](uint32_t) { return Calls(); }, /*in_flight=*/500), 10);
  // Of all workers together.
  Watch(/*workers=*/2);
  EXPECT_EQ(EndOf([](uint32_t) { return Calls(); }, /*in_flight=*/250), 10);
}

TEST_F(AbortWatchTest, RatesAreOfTheMeasuredSecondsOfTheWindow) {
  plan_.warmup_s = 20;
  thresholds_.run = {Aborting("ok_rate >= 19", 10, 10)};
  Watch();
  // Its caller leaves the warm-up's calls out: none until second 20.
  EXPECT_EQ(EndOf([](uint32_t second) {
              return Calls{.ok = second < 20 ? 0u : second < 60 ? 20u : 10u};
            }),
            62);
}

TEST_F(AbortWatchTest, NothingIsJudgedAfterThePlansEnd) {
  thresholds_.run = {Aborting("ok_rate >= 19", 10, 10)};
  Watch();
  for (uint32_t second = 0; second < 100; ++second) {
    Add(0, second, {.ok = 20});
    EXPECT_FALSE(JudgeAt(second + 1));
  }
  for (uint32_t second = 100; second < 200; ++second) {
    Add(0, second, {.throttled = 100});
    EXPECT_FALSE(JudgeAt(second + 1));
  }
}

TEST_F(AbortWatchTest, TheSlowestReporterEndsTheWindow) {
  thresholds_.run = {Aborting("throttled < 10%", 10, 10)};
  Watch(/*workers=*/2);
  for (uint32_t second = 0; second < 20; ++second) {
    Add(0, second, {.throttled = 20});
  }
  watch_->SetReportedUntil(0, 20 * kS, 0);
  watch_->SetReportedUntil(1, 9 * kS + 999 * kMs, 0);
  EXPECT_FALSE(Judge());
  // A lost worker is not awaited.
  silent_ = 1;
  const auto missed = Judge();
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->window->until_s, 10);
  // And then no more is judged.
  EXPECT_FALSE(JudgeAt(30));
}

TEST_F(AbortWatchTest, LateReportsCountInTheirSeconds) {
  thresholds_.run = {Aborting("response p50 < 300ms", 10, 10)};
  Watch();
  for (uint32_t second = 0; second < 14; ++second) {
    Add(0, second, {.ok = 5, .response_ns = 100 * kMs});
    EXPECT_FALSE(JudgeAt(second + 1));
  }
  // Calls of second 12 that took long, and of a second that has left.
  Add(0, 12, {.ok = 100, .response_ns = 900 * kMs});
  Add(0, 1, {.ok = 100'000, .response_ns = 1});
  const auto missed = JudgeAt(15);
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->calls, 9u * 5 + 100);
}

TEST_F(AbortWatchTest, AnInstanceIsJudgedByItsOwnCalls) {
  thresholds_.run = {Aborting("throttled < 50%", 10, 10)};
  thresholds_.instances[1] = {Aborting("throttled < 30%", 10, 10)};
  Watch();
  for (uint32_t second = 0; second < 9; ++second) {
    Add(0, second, {.ok = 100});
    Add(1, second, {.ok = 2, .throttled = 1});
    EXPECT_FALSE(JudgeAt(second + 1));
  }
  const auto missed = JudgeAt(10);
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->instance, "b");
  EXPECT_EQ(missed->count, 9u);
}

TEST_F(AbortWatchTest, EachMeansEveryInstance) {
  Threshold each = Aborting("throttled < 30%", 10, 10);
  each.each = true;
  thresholds_.run = {each};
  Watch();
  for (uint32_t second = 0; second < 10; ++second) {
    Add(0, second, {.ok = 100});
    Add(1, second, {.throttled = 2});
  }
  const auto missed = JudgeAt(10);
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->instance, "b");
}

TEST_F(AbortWatchTest, TicksOfATenthAreSummedUp) {
  plan_.duration_s = 20;
  for (InstancePlan& instance : plan_.instances) {
    instance.arrivals.duration_s = instance.arrivals.window_end_s = 20;
  }
  thresholds_.run = {Aborting("throttled <= 19", 2, 2)};
  Watch();
  for (uint32_t tick = 0; tick < 20; ++tick) Add(0, tick, {.throttled = 1});
  const auto missed = JudgeAt(2);
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->count, 20u);
}

}  // namespace
}  // namespace invocator
