// An engine on a fake clock, with an invoker that answers when it is told to.
#ifndef INVOCATOR_TESTS_SUPPORT_ENGINE_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_ENGINE_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/plans.h"
#include "worker/engine/engine.h"

namespace invocator {

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

  // That invocation takes longer or shorter than the others.
  void TakesFor(uint64_t sequence, int64_t service_ns) {
    own_service_ns_[sequence] = service_ns;
  }
  void Fail() { failures_.emplace_back(); }

  void Send(const DueInvocation& due, const RunClock& clock) override {
    Record record;
    record.instance = due.instance;
    record.sequence = due.sequence;
    record.scheduled_ns = due.scheduled_ns;
    record.blocked_ns = due.blocked_ns;
    record.sent_ns = clock.NowNs();
    const auto own = own_service_ns_.find(due.sequence);
    in_flight_.emplace(
        record.sent_ns +
            (own == own_service_ns_.end() ? service_ns_ : own->second),
        record);
    most_in_flight_ = std::max(most_in_flight_, in_flight_.size());
  }

  int64_t Poll(int64_t now_ns, int64_t until_ns, const RunClock& clock,
               OnEnded on_ended) override {
    if (!in_flight_.empty()) {
      until_ns = std::min(until_ns, in_flight_.begin()->first);
    }
    idle_ = true;
    // Looking at the sockets takes a microsecond.
    SleepUntil(std::max(until_ns, now_ns + 1000), clock);
    if (stall_ns_ > 0 && clock.NowNs() >= stall_at_ns_) {
      clock_.Advance(std::exchange(stall_ns_, 0));
    }
    while (!in_flight_.empty() && in_flight_.begin()->first <= clock.NowNs()) {
      Record record = in_flight_.begin()->second;
      in_flight_.erase(in_flight_.begin());
      record.done_ns = clock.NowNs();
      on_ended(record);
      idle_ = false;
    }
    return clock.NowNs();
  }
  bool idle() const override { return idle_; }

  void AbortAll(const RunClock& clock, OnEnded on_ended) override {
    for (auto& [end_ns, record] : in_flight_) {
      record.done_ns = clock.NowNs();
      record.outcome = Outcome::kAborted;
      on_ended(record);
    }
    in_flight_.clear();
  }

  void Wake() override { woken_ = true; }
  absl::Status Warm(uint32_t, const SteadyClock&, int64_t,
                    const std::function<bool()>&) override {
    return absl::OkStatus();
  }
  ConnectionCounts connections() const override { return {}; }
  std::vector<FailureSample> TakeFailures() override {
    return std::exchange(failures_, {});
  }
  size_t most_in_flight() const { return most_in_flight_; }

 private:
  // What happens meanwhile does not end the sleep, unless it wakes us.
  void SleepUntil(int64_t until_ns, const RunClock& clock) {
    while (then_ && at_ns_ <= until_ns && !woken_) {
      clock_.Advance(std::max<int64_t>(at_ns_ - clock.NowNs(), 0));
      std::exchange(then_, nullptr)();
    }
    if (!std::exchange(woken_, false)) {
      clock_.Advance(std::max<int64_t>(until_ns - clock.NowNs(), 0));
    }
  }

  FakeSteadyClock& clock_;
  const int64_t service_ns_;
  std::map<uint64_t, int64_t> own_service_ns_;  // by sequence
  std::multimap<int64_t, Record> in_flight_;    // by end
  std::vector<FailureSample> failures_;
  size_t most_in_flight_ = 0;
  bool idle_ = false;
  int64_t stall_at_ns_ = 0;
  int64_t stall_ns_ = 0;
  int64_t at_ns_ = 0;
  std::function<void()> then_;
  bool woken_ = false;
};

class EngineFixture : public testing::Test {
 protected:
  static constexpr int64_t kMs = 1'000'000;

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
      dropped_ += chunk->dropped.size();
      failures_ += chunk->failures.size();
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
  size_t failures_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_ENGINE_FIXTURE_H_
