#include "worker/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

// Answers every invocation a fixed time after it was sent, on a fake clock that
// moves only while the engine waits.
class FakeInvoker final : public Invoker {
 public:
  FakeInvoker(FakeSteadyClock& clock, int64_t service_ns)
      : clock_(clock), service_ns_(service_ns) {}

  // The first Poll at or after `at_ns` oversleeps by `for_ns`.
  void StallAt(int64_t at_ns, int64_t for_ns) {
    stall_at_ns_ = at_ns;
    stall_ns_ = for_ns;
  }
  void At(int64_t at_ns, std::function<void()> then) {
    at_ns_ = at_ns;
    then_ = std::move(then);
  }

  void Send(const DueInvocation& due, const RunClock& clock) override {
    Record record;
    record.instance = due.instance;
    record.sequence = due.sequence;
    record.scheduled_ns = due.scheduled_ns;
    record.blocked_ns = due.blocked_ns;
    record.sent_ns = clock.NowNs();
    in_flight_.emplace(record.sent_ns + service_ns_, record);
    most_in_flight_ = std::max(most_in_flight_, in_flight_.size());
  }

  int64_t Poll(int64_t now_ns, int64_t until_ns, const RunClock& clock,
               OnEnded on_ended) override {
    if (!in_flight_.empty()) {
      until_ns = std::min(until_ns, in_flight_.begin()->first);
    }
    if (then_) until_ns = std::min(until_ns, at_ns_);
    // Looking at the sockets takes a microsecond.
    clock_.Advance(std::max<int64_t>(until_ns - now_ns, 1000));
    if (stall_ns_ > 0 && clock.NowNs() >= stall_at_ns_) {
      clock_.Advance(std::exchange(stall_ns_, 0));
    }
    if (then_ && clock.NowNs() >= at_ns_) std::exchange(then_, nullptr)();
    while (!in_flight_.empty() && in_flight_.begin()->first <= clock.NowNs()) {
      Record record = in_flight_.begin()->second;
      in_flight_.erase(in_flight_.begin());
      record.done_ns = clock.NowNs();
      on_ended(record);
    }
    return clock.NowNs();
  }

  void AbortAll(const RunClock& clock, OnEnded on_ended) override {
    for (auto& [end_ns, record] : in_flight_) {
      record.done_ns = clock.NowNs();
      record.outcome = Outcome::kAborted;
      on_ended(record);
    }
    in_flight_.clear();
  }

  void Wake() override {}
  absl::Status Warm(uint32_t, const SteadyClock&, int64_t,
                    const std::function<bool()>&) override {
    return absl::OkStatus();
  }
  ConnectionCounts connections() const override { return {}; }
  size_t most_in_flight() const { return most_in_flight_; }

 private:
  FakeSteadyClock& clock_;
  const int64_t service_ns_;
  std::multimap<int64_t, Record> in_flight_;  // by end
  size_t most_in_flight_ = 0;
  int64_t stall_at_ns_ = 0;
  int64_t stall_ns_ = 0;
  int64_t at_ns_ = 0;
  std::function<void()> then_;
};

class EngineTest : public ::testing::Test {
 protected:
  // `count` invocations, 10 ms apart.
  void PlanEvery10ms(int count) {
    plan_ = PlanOf(
        {ListInstance(
            "a", std::vector<double>(static_cast<size_t>(count), 0.010), 10)},
        10);
    plan_.duration_s = 0.010 * count;
  }

  void ServiceTakes(int64_t ns) {
    invoker_ = std::make_unique<FakeInvoker>(clock_, ns);
  }

  void RunToEnd() { RunToEnd(WholeShares(plan_)); }

  void RunToEnd(const std::vector<Share>& shares) {
    Recorder recorder(queue_);
    options_.pacer.blocking = plan_.blocking;
    engine_ =
        std::make_unique<Engine>(plan_, shares, options_, *invoker_, recorder);
    engine_->SetSendUntil(send_until_ns_);
    result_ = engine_->Run(RunClock(clock_, 100 * kMs));
    for (const auto& chunk : queue_.TakeFull()) {
      records_.insert(records_.end(), chunk->records.begin(),
                      chunk->records.end());
      for (const auto& [instance, count] : chunk->dropped) dropped_ += count;
    }
  }

  // What the plan has from `from_ns` on, as a replan adds it.
  std::vector<Schedule::Line> LinesFrom(int64_t from_ns) const {
    return Schedule::LinesFrom(plan_, WholeShares(plan_), from_ns);
  }

  int64_t MaxLatenessNs() const {
    int64_t most = 0;
    for (const Record& r : records_) most = std::max(most, r.LatenessNs());
    return most;
  }
  int CountOutcome(Outcome outcome) const {
    return static_cast<int>(
        std::count_if(records_.begin(), records_.end(),
                      [&](const Record& r) { return r.outcome == outcome; }));
  }

  FakeSteadyClock clock_;
  Plan plan_;
  EngineOptions options_ = {.pacer = {.max_in_flight = 100}};
  std::unique_ptr<FakeInvoker> invoker_;
  ChunkQueue queue_{[] {}};
  std::unique_ptr<Engine> engine_;
  int64_t send_until_ns_ = Schedule::kNever;
  EngineResult result_;
  std::vector<Record> records_;
  uint64_t dropped_ = 0;
};

TEST_F(EngineTest, SendsEveryInvocationWithinASpinTurnOfItsInstant) {
  PlanEvery10ms(50);
  ServiceTakes(3 * kMs);
  RunToEnd();
  ASSERT_EQ(records_.size(), 50u);
  EXPECT_LE(MaxLatenessNs(), 1000);
  EXPECT_GE(records_[0].LatenessNs(), 0);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineTest, StallShowsUpAsLatenessNotAsFewerInvocations) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->StallAt(45 * kMs, 50 * kMs);
  RunToEnd();
  EXPECT_EQ(records_.size(), 10u);
  EXPECT_GE(MaxLatenessNs(), 40 * kMs);
  EXPECT_LE(MaxLatenessNs(), 50 * kMs);
}

TEST_F(EngineTest, ScheduleIsNotMovedByAStall) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->StallAt(25 * kMs, 20 * kMs);
  RunToEnd();
  ASSERT_EQ(records_.size(), 10u);
  EXPECT_EQ(records_.back().scheduled_ns, 100 * kMs);
  EXPECT_LE(records_.back().LatenessNs(), 1000);
}

TEST_F(EngineTest, InFlightLimitIsNeverExceeded) {
  PlanEvery10ms(20);
  ServiceTakes(35 * kMs);
  options_.pacer.max_in_flight = 2;
  RunToEnd();
  EXPECT_EQ(records_.size(), 20u);
  EXPECT_EQ(invoker_->most_in_flight(), 2u);
  EXPECT_GT(result_.at_limit_ns, 0);
}

TEST_F(EngineTest, DroppedAndSentAddUpToThePlan) {
  PlanEvery10ms(20);
  ServiceTakes(35 * kMs);
  options_.pacer.max_in_flight = 1;
  options_.pacer.drop_on_overload = true;
  RunToEnd();
  EXPECT_EQ(records_.size() + dropped_, 20u);
  EXPECT_GT(dropped_, 0u);
}

TEST_F(EngineTest, DrainEndsInAbortedAndNothingIsForgotten) {
  PlanEvery10ms(4);
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 100 * kMs;
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 4);
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 140e6, 1e6);
}

TEST_F(EngineTest, AQueueThatOutlivesTheDrainIsLeftInTheSchedule) {
  PlanEvery10ms(10);
  ServiceTakes(40 * kMs);
  options_.pacer.max_in_flight = 1;
  options_.drain_ns = 50 * kMs;
  RunToEnd();
  EXPECT_FALSE(result_.schedule_exhausted);
  EXPECT_LT(records_.size(), 10u);
}

TEST_F(EngineTest, StopSendsNothingMoreAndAwaitsWhatIsInFlight) {
  PlanEvery10ms(10);
  ServiceTakes(25 * kMs);
  invoker_->At(51 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);
  EXPECT_EQ(CountOutcome(Outcome::kOk), 5);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, StopInTheDrainDoesNotMakeItLonger) {
  PlanEvery10ms(4);
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 100 * kMs;
  invoker_->At(120 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 140e6, 1e6);
}

TEST_F(EngineTest, StopNowAbortsWhatIsInFlight) {
  PlanEvery10ms(10);
  ServiceTakes(1000 * kMs);
  invoker_->At(51 * kMs, [&] { engine_->Stop(/*now=*/true); });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 5);
}

TEST_F(EngineTest, LeavingSendsAllThatIsScheduledBeforeAndNothingElse) {
  PlanEvery10ms(10);
  ServiceTakes(15 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);  // on a call, which is not sent
    engine_->Leave();
  });
  RunToEnd();
  ASSERT_EQ(records_.size(), 4u);
  EXPECT_EQ(records_.back().scheduled_ns, 40 * kMs);
  EXPECT_LE(MaxLatenessNs(), 1000);
  EXPECT_EQ(CountOutcome(Outcome::kOk), 4);
  EXPECT_TRUE(result_.schedule_exhausted);
  EXPECT_LT(result_.ended_ns, 60 * kMs);
}

TEST_F(EngineTest, ANanosecondLaterTheCallIsSent) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs + 1);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);
}

TEST_F(EngineTest, AnInstantToLeaveAtMayMoveLaterUntilItStands) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(35 * kMs);
    invoker_->At(55 * kMs, [&] {
      engine_->HoldFrom(80 * kMs);
      engine_->Leave();
    });
  });
  RunToEnd();
  ASSERT_EQ(records_.size(), 7u);
  EXPECT_GE(MaxLatenessNs(), 15 * kMs);  // held back, and then sent
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ALeaverWaitsForItsCallsOnlySoLong) {
  PlanEvery10ms(10);
  ServiceTakes(1000 * kMs);
  options_.leave_drain_ns = 30 * kMs;
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 4);
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 80e6, 1e6);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ALeaverSendsItsQueueToo) {
  PlanEvery10ms(10);
  ServiceTakes(25 * kMs);
  plan_.blocking = true;
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  ASSERT_EQ(records_.size(), 4u);
  EXPECT_EQ(records_.back().scheduled_ns, 40 * kMs);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineTest, AQueueThatOutlivesTheLeaveIsLeftInTheSchedule) {
  PlanEvery10ms(10);
  ServiceTakes(25 * kMs);
  plan_.blocking = true;
  options_.leave_drain_ns = 5 * kMs;
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_LT(records_.size(), 4u);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, WhatWasAddedBeforeTheLeaveIsPlayed) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  invoker_->At(31 * kMs, [&] {
    engine_->HoldFrom(50 * kMs);
    EXPECT_TRUE(
        engine_->Add(Schedule::LinesFrom(plan_, WholeShares(plan_), 35 * kMs)));
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);  // 10, 20, 30, 40, 40
}

TEST_F(EngineTest, AnEngineThatWouldStayLeaves) {
  PlanEvery10ms(3);
  ServiceTakes(1 * kMs);
  options_.stay_until_ns = 10'000 * kMs;
  invoker_->At(51 * kMs, [&] {
    engine_->HoldFrom(60 * kMs);
    engine_->Leave();
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 3u);
  EXPECT_LT(result_.ended_ns, 1'000 * kMs);
}

TEST_F(EngineTest, BlockingInstanceSendsOneAtATime) {
  PlanEvery10ms(5);
  ServiceTakes(25 * kMs);
  plan_.blocking = true;
  RunToEnd();
  ASSERT_EQ(records_.size(), 5u);
  EXPECT_EQ(invoker_->most_in_flight(), 1u);
  for (const Record& record : records_) {
    EXPECT_LE(record.LatenessNs() - record.blocked_ns, 2000);
  }
  EXPECT_GT(records_.back().blocked_ns, 50 * kMs);
}

TEST_F(EngineTest, SpinningIsCountedApartFromWork) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  options_.spin_ns = 60'000;
  RunToEnd();
  EXPECT_GT(result_.spun_ns, 5 * 60'000);
  EXPECT_LE(result_.spun_ns, 12 * 62'000);
}

TEST_F(EngineTest, StaysForMoreUntilItsInstantAndNoLonger) {
  PlanEvery10ms(2);
  ServiceTakes(1 * kMs);
  options_.stay_until_ns = 137 * kMs;
  RunToEnd();
  EXPECT_GE(result_.ended_ns, 137 * kMs);
  EXPECT_LE(result_.ended_ns, 137 * kMs + 2000);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ACallInFlightWhenItsStayEndsIsAwaited) {
  PlanEvery10ms(1);
  ServiceTakes(50 * kMs);
  options_.stay_until_ns = 20 * kMs;
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kOk), 1);
  EXPECT_LE(result_.ended_ns, 60 * kMs + 2000);
}

TEST_F(EngineTest, WhatIsAddedDuringItsStayIsSentOnTime) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  options_.stay_until_ns = 100 * kMs;
  const auto first = std::vector<Share>{{0, 0, 2}};
  const auto second = std::vector<Share>{{0, 1, 2}};
  invoker_->At(95 * kMs, [&] {
    EXPECT_TRUE(engine_->Add(Schedule::LinesFrom(plan_, second, 100 * kMs)));
  });
  RunToEnd(first);
  EXPECT_EQ(records_.size(), 6u);
  EXPECT_EQ(records_.back().scheduled_ns, 100 * kMs);
  EXPECT_LE(MaxLatenessNs(), 1000);
}

TEST_F(EngineTest, AnEngineThatHasEndedTakesNothingMore) {
  PlanEvery10ms(3);
  ServiceTakes(1 * kMs);
  RunToEnd();
  EXPECT_FALSE(engine_->Add(LinesFrom(0)));
}

TEST_F(EngineTest, AnEngineThatWasStoppedTakesNothingMoreOnceItHasEnded) {
  PlanEvery10ms(3);
  ServiceTakes(1 * kMs);
  invoker_->At(15 * kMs, [&] { engine_->Stop(/*now=*/true); });
  RunToEnd();
  EXPECT_FALSE(engine_->Add(LinesFrom(0)));
}

TEST_F(EngineTest, WhatIsAddedAfterAStopIsUnsentAndShows) {
  PlanEvery10ms(2);
  ServiceTakes(30 * kMs);
  options_.stay_until_ns = 100 * kMs;
  invoker_->At(25 * kMs, [&] {
    engine_->Stop(/*now=*/false);
    EXPECT_TRUE(engine_->Add(LinesFrom(20 * kMs)));
  });
  RunToEnd();
  EXPECT_EQ(records_.size(), 2u);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ASecondStopHastensTheFirstAndNeverSlowsIt) {
  PlanEvery10ms(2);
  ServiceTakes(1000 * kMs);
  invoker_->At(25 * kMs, [&] {
    engine_->Stop(/*now=*/false);
    engine_->Stop(/*now=*/true);
    engine_->Stop(/*now=*/false);
  });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 2);
  EXPECT_LE(result_.ended_ns, 25 * kMs + 2000);
}

TEST_F(EngineTest, NothingIsSentFromTheInstantThatEndsItsLease) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  send_until_ns_ = 50 * kMs;  // exactly when the fifth is due
  RunToEnd();
  EXPECT_EQ(records_.size(), 4u);
  EXPECT_TRUE(result_.was_cut_short);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ALeaseThatEndsAfterTheLastCallCutsNothing) {
  PlanEvery10ms(3);
  ServiceTakes(100 * kMs);
  send_until_ns_ = 50 * kMs;
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kOk), 3);
  EXPECT_FALSE(result_.was_cut_short);
  EXPECT_TRUE(result_.schedule_exhausted);
}

TEST_F(EngineTest, ALeaseThatEndsDuringTheStayCutsIt) {
  PlanEvery10ms(1);
  ServiceTakes(1 * kMs);
  options_.stay_until_ns = 300 * kMs;
  send_until_ns_ = 150 * kMs;
  RunToEnd();
  EXPECT_TRUE(result_.was_cut_short);
  EXPECT_LT(result_.ended_ns, 300 * kMs);
}

TEST_F(EngineTest, ALeaseIsProlongedBeforeItEnds) {
  PlanEvery10ms(10);
  ServiceTakes(1 * kMs);
  send_until_ns_ = 50 * kMs;
  invoker_->At(45 * kMs, [&] { engine_->SetSendUntil(85 * kMs); });
  RunToEnd();
  EXPECT_EQ(records_.size(), 8u);
  EXPECT_TRUE(result_.was_cut_short);
}

TEST_F(EngineTest, StoppedBeforeTheStartItSendsNothing) {
  PlanEvery10ms(3);
  ServiceTakes(1 * kMs);
  invoker_->At(-50 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(records_.size(), 0u);
  EXPECT_LE(result_.ended_ns, -50 * kMs + 2000);
  EXPECT_EQ(result_.first_turn_ns, 0);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, TheResultTellsWhenItBeganSentAndEnded) {
  PlanEvery10ms(3);
  ServiceTakes(5 * kMs);
  invoker_->StallAt(0, 4 * kMs);
  RunToEnd();
  EXPECT_EQ(result_.first_turn_ns, 4 * kMs);
  EXPECT_EQ(result_.last_sent_ns, records_.back().sent_ns);
  EXPECT_EQ(result_.ended_ns, records_.back().done_ns);
}

TEST_F(EngineTest, TheDrainIsCountedFromTheLastInstantOfTheSchedule) {
  PlanEvery10ms(4);
  plan_.duration_s = 10;
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 100 * kMs;
  RunToEnd();
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 140e6, 1e4);
}

TEST_F(EngineTest, AStopShortensTheWaitForWhatIsInFlightToTheDrain) {
  PlanEvery10ms(10);
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 30 * kMs;
  invoker_->At(51 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 5);
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 81e6, 1e4);
}

TEST_F(EngineTest, AnEndlessDrainAwaitsEveryCall) {
  PlanEvery10ms(1);
  ServiceTakes(100'000 * kMs);
  options_.drain_ns = INT64_MAX;
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kOk), 1);
}

TEST_F(EngineTest, InFlightIsSeenFromOutsideAndNoneIsLeftAtTheEnd) {
  PlanEvery10ms(4);
  ServiceTakes(1000 * kMs);
  uint32_t seen = 0;
  invoker_->At(35 * kMs, [&] {
    seen = engine_->in_flight();
    engine_->Stop(/*now=*/true);
  });
  RunToEnd();
  EXPECT_EQ(seen, 3u);
  EXPECT_EQ(engine_->in_flight(), 0u);
}

TEST_F(EngineTest, RecordsAreHandedOverTenTimesASecond) {
  PlanEvery10ms(50);
  ServiceTakes(1 * kMs);
  size_t before = 0, after = 0;
  invoker_->At(99 * kMs, [&] {
    before = queue_.TakeFull().size();
    invoker_->At(101 * kMs, [&] { after = queue_.TakeFull().size(); });
  });
  RunToEnd();
  EXPECT_EQ(before, 0u);
  EXPECT_EQ(after, 1u);
}

TEST_F(EngineTest, ABacklogDoesNotKeepItFromWhatHasEnded) {
  plan_ = PlanOf({ListInstance("a", std::vector<double>(100, 0), 1)}, 1);
  ServiceTakes(0);
  RunToEnd();
  EXPECT_EQ(records_.size(), 100u);
  EXPECT_LE(invoker_->most_in_flight(), 16u);
}

}  // namespace
}  // namespace invocator
