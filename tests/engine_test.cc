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
  void StopAt(int64_t at_ns, std::function<void()> stop) {
    stop_at_ns_ = at_ns;
    stop_ = std::move(stop);
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
    // Looking at the sockets takes a microsecond.
    clock_.Advance(std::max<int64_t>(until_ns - now_ns, 1000));
    if (stall_ns_ > 0 && clock.NowNs() >= stall_at_ns_) {
      clock_.Advance(std::exchange(stall_ns_, 0));
    }
    if (stop_ && clock.NowNs() >= stop_at_ns_) std::exchange(stop_, nullptr)();
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
  int64_t stop_at_ns_ = 0;
  std::function<void()> stop_;
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

  void RunToEnd() {
    Recorder recorder(queue_);
    options_.pacer.blocking = plan_.blocking;
    engine_ = std::make_unique<Engine>(plan_, WholeShares(plan_), options_,
                                       *invoker_, recorder);
    result_ = engine_->Run(RunClock(clock_, 100 * kMs));
    for (const auto& chunk : queue_.TakeFull()) {
      records_.insert(records_.end(), chunk->records.begin(),
                      chunk->records.end());
      for (const auto& [instance, count] : chunk->dropped) dropped_ += count;
    }
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
  invoker_->StopAt(51 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_EQ(records_.size(), 5u);
  EXPECT_EQ(CountOutcome(Outcome::kOk), 5);
  EXPECT_FALSE(result_.schedule_exhausted);
}

TEST_F(EngineTest, StopInTheDrainDoesNotMakeItLonger) {
  PlanEvery10ms(4);
  ServiceTakes(1000 * kMs);
  options_.drain_ns = 100 * kMs;
  invoker_->StopAt(120 * kMs, [&] { engine_->Stop(/*now=*/false); });
  RunToEnd();
  EXPECT_NEAR(static_cast<double>(result_.ended_ns), 140e6, 1e6);
}

TEST_F(EngineTest, StopNowAbortsWhatIsInFlight) {
  PlanEvery10ms(10);
  ServiceTakes(1000 * kMs);
  invoker_->StopAt(51 * kMs, [&] { engine_->Stop(/*now=*/true); });
  RunToEnd();
  EXPECT_EQ(CountOutcome(Outcome::kAborted), 5);
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

}  // namespace
}  // namespace invocator
