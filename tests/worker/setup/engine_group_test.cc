#include "worker/setup/engine_group.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/plan/partition.h"
#include "tests/support/milestone.h"
#include "tests/support/plans.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// A group whose calls go to a server on loopback.
class EngineGroupTest : public testing::Test {
 protected:
  EngineGroupTest() { options_.max_in_flight = 50; }
  ~EngineGroupTest() override { answer_.Reach(1); }

  // `count` invocations, `gap_ms` apart.
  void PlanEvery(double gap_ms, size_t count) {
    plan_ = PlanOf(
        {ListInstance("f", std::vector<double>(count, gap_ms / 1000), 10)}, 10);
    plan_.duration_s = gap_ms / 1000 * static_cast<double>(count);
  }

  void Create() { Create(WholeShares(plan_)); }
  void Create(const std::vector<Share>& shares) {
    options_.endpoint_url = server_.url();
    absl::StatusOr<std::unique_ptr<EngineGroup>> group = EngineGroup::Create(
        plan_, shares, nullptr, queue_, steady_, wall_, options_);
    ASSERT_TRUE(group.ok()) << group.status();
    group_ = *std::move(group);
  }

  void Start() {
    start_ns_ = steady_.NowNs() + 20 * kMs;
    group_->Start(start_ns_, [this] { ended_.Reach(1); });
  }

  void AwaitEnd() {
    ASSERT_TRUE(ended_.Await(1));
    EXPECT_TRUE(group_->ended());
    group_->FillReport(done_);
    for (const auto& chunk : queue_.TakeFull()) {
      records_.insert(records_.end(), chunk->records.begin(),
                      chunk->records.end());
    }
  }
  void RunToEnd() {
    Start();
    AwaitEnd();
  }

  std::multiset<uint64_t> Sequences() const {
    std::multiset<uint64_t> sequences;
    for (const Record& record : records_) sequences.insert(record.sequence);
    return sequences;
  }
  static std::multiset<uint64_t> UpTo(uint64_t count) {
    std::multiset<uint64_t> numbers;
    for (uint64_t i = 0; i < count; ++i) numbers.insert(i);
    return numbers;
  }
  int64_t LastSentNs() const {
    int64_t last_ns = 0;
    for (const Record& r : records_) last_ns = std::max(last_ns, r.sent_ns);
    return last_ns;
  }

  const SystemSteadyClock steady_;
  const SystemWallClock wall_;
  EngineGroupOptions options_;
  Milestone asked_;   // a request came
  Milestone answer_;  // 1: the server answers
  ScriptedServer server_{[this](ScriptedServer::Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      asked_.Reach(1);
      if (!answer_.Await(1) || !connection.Send(kOk)) return;
    }
  }};
  Plan plan_;
  ChunkQueue queue_{[] {}};
  Milestone ended_;
  int64_t start_ns_ = 0;
  std::unique_ptr<EngineGroup> group_;
  WorkerDone done_;
  std::vector<Record> records_;
};

TEST_F(EngineGroupTest, EnginesPlayTheirSharesEachOnceAndReportTogether) {
  PlanEvery(1, 30);
  answer_.Reach(1);
  options_.engines = 3;
  options_.max_in_flight = 8;
  Create();
  RunToEnd();
  EXPECT_EQ(Sequences(), UpTo(30));
  EXPECT_TRUE(done_.schedule_exhausted);
  EXPECT_FALSE(done_.lease_ended);
  EXPECT_EQ(done_.extends, 0u);
  EXPECT_EQ(done_.last_sent_ns, LastSentNs());
  EXPECT_GE(done_.ended_ns, done_.last_sent_ns);
  EXPECT_GE(done_.start_error_ns, 0);
  ASSERT_EQ(done_.engines.size(), 3u);
  uint64_t opened = 0, reused = 0;
  std::vector<uint32_t> limits;
  for (const EngineFacts& engine : done_.engines) {
    limits.push_back(engine.max_in_flight);
    opened += engine.connections;
    reused += engine.connections_reused;
    EXPECT_GE(engine.busy_ratio, 0);
    EXPECT_LE(engine.busy_ratio, 1);
    EXPECT_EQ(engine.connections_failed, 0u);
  }
  EXPECT_EQ(limits, std::vector<uint32_t>({3, 3, 2}));
  EXPECT_EQ(opened + reused, 30u);
  EXPECT_EQ(opened, static_cast<uint64_t>(server_.connections()));
}

TEST_F(EngineGroupTest, NothingIsSentBeforeTheStartNorWithoutOne) {
  PlanEvery(1, 3);
  Create();
  EXPECT_EQ(group_->in_flight(), 0u);
  group_.reset();
  EXPECT_EQ(server_.connections(), 0);
  EXPECT_TRUE(queue_.TakeFull().empty());
}

TEST_F(EngineGroupTest, AStopNowAbortsWhatIsInFlightOnEveryEngine) {
  PlanEvery(1, 2);
  plan_.duration_s = 10;
  options_.engines = 2;
  Create();
  Start();
  ASSERT_TRUE(asked_.Await(1));
  server_.AwaitConnections(2);
  EXPECT_FALSE(group_->ended());
  group_->Stop(/*now=*/true);
  AwaitEnd();
  EXPECT_EQ(Sequences(), UpTo(2));
  for (const Record& r : records_) EXPECT_EQ(r.outcome, Outcome::kAborted);
}

TEST_F(EngineGroupTest, AStopAmidTheScheduleLeavesItUnexhausted) {
  PlanEvery(20, 400);
  Create();
  Start();
  ASSERT_TRUE(asked_.Await(1));
  EXPECT_GT(group_->in_flight(), 0u);
  group_->Stop(/*now=*/false);
  answer_.Reach(1);
  AwaitEnd();
  EXPECT_FALSE(done_.schedule_exhausted);
  EXPECT_FALSE(done_.lease_ended);
  ASSERT_FALSE(records_.empty());
  for (const Record& r : records_) EXPECT_EQ(r.outcome, Outcome::kOk);
}

TEST_F(EngineGroupTest, AStopFromAnInstantSendsAllThatIsScheduledBeforeIt) {
  PlanEvery(10, 100);
  answer_.Reach(1);
  options_.engines = 2;
  Create();
  Start();
  EXPECT_EQ(group_->StopFrom(250 * kMs), 250 * kMs);
  AwaitEnd();
  EXPECT_EQ(Sequences(), UpTo(24));  // at 10 to 240 ms
  EXPECT_TRUE(done_.schedule_exhausted);
  EXPECT_FALSE(done_.lease_ended);
}

TEST_F(EngineGroupTest, AStopFromAnInstantThatHasPassedTakesEffectLater) {
  PlanEvery(10, 400);
  answer_.Reach(1);
  Create();
  Start();
  ASSERT_TRUE(asked_.Await(1));
  const int64_t from_ns = group_->StopFrom(1);
  EXPECT_GT(from_ns, 10 * kMs);
  AwaitEnd();
  EXPECT_TRUE(done_.schedule_exhausted);
  EXPECT_EQ(Sequences(), UpTo((from_ns - 1) / (10 * kMs)));
}

TEST_F(EngineGroupTest, ALeaveAfterAStopMakesTheInstantEarlierButNeverLater) {
  PlanEvery(10, 400);
  answer_.Reach(1);
  Create();
  Start();
  EXPECT_EQ(group_->StopFrom(3'000 * kMs), 3'000 * kMs);
  const int64_t from_ns = group_->Leave();
  EXPECT_LT(from_ns, 3'000 * kMs);
  // The leave stands: a stop names the instant up to which nothing is missing
  // but what the leave has announced.
  EXPECT_EQ(group_->StopFrom(3'500 * kMs), 3'500 * kMs);
  AwaitEnd();
  EXPECT_EQ(Sequences(), UpTo((from_ns - 1) / (10 * kMs)));
}

TEST_F(EngineGroupTest, AStopBeforeALeavesInstantHolds) {
  PlanEvery(10, 400);
  answer_.Reach(1);
  Create();
  Start();
  const int64_t leave_ns = group_->Leave();
  EXPECT_EQ(group_->StopFrom(150 * kMs), 150 * kMs);
  EXPECT_LT(150 * kMs, leave_ns);
  AwaitEnd();
  EXPECT_EQ(Sequences(), UpTo(14));
}

TEST_F(EngineGroupTest, AGroupThatIsDroppedAbortsWhatIsInFlight) {
  PlanEvery(1, 1);
  Create();
  Start();
  ASSERT_TRUE(asked_.Await(1));
  group_.reset();
  const auto chunks = queue_.TakeFull();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0]->records[0].outcome, Outcome::kAborted);
}

TEST_F(EngineGroupTest, ALeaseThatEndedBeforeTheStartLetsNothingBeSent) {
  for (const int64_t until_ns : {INT64_MIN, int64_t{0}, steady_.NowNs()}) {
    PlanEvery(1, 3);
    Create();
    group_->SetSendUntil(until_ns);
    ended_.Reach(0);
    done_ = {};
    RunToEnd();
    EXPECT_TRUE(records_.empty());
    EXPECT_TRUE(done_.lease_ended);
    EXPECT_FALSE(done_.schedule_exhausted);
  }
}

TEST_F(EngineGroupTest, ALeaseOfBeforeTheStartIsMovedByOneAfterIt) {
  PlanEvery(1, 30);
  answer_.Reach(1);
  Create();
  group_->SetSendUntil(steady_.NowNs());
  group_->SetSendUntil(steady_.NowNs() + 60'000 * kMs);
  RunToEnd();
  EXPECT_EQ(Sequences(), UpTo(30));
  EXPECT_FALSE(done_.lease_ended);
}

TEST_F(EngineGroupTest, WhatOneEngineDidNotPlayShowsThoughAnotherIsThrough) {
  // Blocking instances are not divided: f is the first engine's.
  plan_ = PlanOf({ListInstance("f", std::vector<double>(100, 0.01), 10),
                  ListInstance("g", {0.02}, 10)},
                 1);
  plan_.blocking = true;
  options_.engines = 2;
  answer_.Reach(1);
  Create();
  Start();
  group_->SetSendUntil(start_ns_ + 55 * kMs);
  AwaitEnd();
  EXPECT_TRUE(done_.lease_ended);
  EXPECT_FALSE(done_.schedule_exhausted);
  EXPECT_EQ(done_.last_sent_ns, LastSentNs());
  EXPECT_GE(done_.ended_ns, 55 * kMs);
}

TEST_F(EngineGroupTest, ALeaseIsByTheSteadyClock) {
  PlanEvery(10, 100);
  answer_.Reach(1);
  Create();
  Start();
  group_->SetSendUntil(start_ns_ + 55 * kMs);
  AwaitEnd();
  EXPECT_TRUE(done_.lease_ended);
  ASSERT_FALSE(records_.empty());
  EXPECT_LE(records_.size(), 5u);
  EXPECT_LT(LastSentNs(), 55 * kMs);
}

TEST_F(EngineGroupTest, WhatIsAddedIsPlayedToTheEndAndCounted) {
  PlanEvery(1, 40);
  plan_.duration_s = 0.3;
  answer_.Reach(1);
  options_.engines = 2;
  options_.extensible = true;
  options_.engine.stay_until_ns = 300 * kMs;
  Create({{0, 0, 2}});
  Start();
  group_->Extend({{0, 1, 4}}, 0);
  group_->Extend({{0, 3, 4}}, 0);
  AwaitEnd();
  EXPECT_EQ(Sequences(), UpTo(40));
  EXPECT_EQ(done_.extends, 2u);
  EXPECT_GE(done_.ended_ns, 300 * kMs);
}

TEST_F(EngineGroupTest, WhatIsAddedToAGroupThatHasEndedIsNotCounted) {
  PlanEvery(1, 1);
  answer_.Reach(1);
  options_.extensible = true;
  Create();
  Start();
  ASSERT_TRUE(ended_.Await(1));
  group_->Extend(WholeShares(plan_), 0);
  AwaitEnd();
  EXPECT_EQ(done_.extends, 0u);
  EXPECT_EQ(records_.size(), 1u);
}

TEST_F(EngineGroupTest, WarmConnectionsAreDividedAmongEnginesBeforeTheStart) {
  PlanEvery(1, 1);
  options_.engines = 2;
  options_.warm_connections = 5;
  Create();
  server_.AwaitConnections(5);
  EXPECT_EQ(server_.connections(), 5);
}

TEST_F(EngineGroupTest, NoMoreConnectionsAreWarmedThanCallsMayBeInFlight) {
  PlanEvery(1, 1);
  options_.max_in_flight = 3;
  options_.warm_connections = 5;
  Create();
  server_.AwaitConnections(3);
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(EngineGroupTest, AsManyConnectionsAsCallsMayBeInFlightAreWarmed) {
  PlanEvery(1, 1);
  options_.max_in_flight = 4;
  options_.warm_connections = 4;
  Create();
  server_.AwaitConnections(4);
  EXPECT_EQ(server_.connections(), 4);
}

TEST_F(EngineGroupTest, WhoGivesUpBeforeTheStartGetsNoGroup) {
  PlanEvery(1, 1);
  options_.give_up = [] { return true; };
  options_.endpoint_url = server_.url();
  const auto group = EngineGroup::Create(plan_, WholeShares(plan_), nullptr,
                                         queue_, steady_, wall_, options_);
  EXPECT_EQ(group.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(EngineGroupTest, TimeAtTheLimitIsReportedInSeconds) {
  PlanEvery(1, 2);
  options_.max_in_flight = 1;
  Create();
  Start();
  ASSERT_TRUE(asked_.Await(1));
  while (steady_.NowNs() < start_ns_ + 30 * kMs) {
  }
  answer_.Reach(1);
  AwaitEnd();
  ASSERT_EQ(done_.engines.size(), 1u);
  EXPECT_GE(done_.engines[0].at_limit_s, 0.02);
  EXPECT_LE(done_.engines[0].at_limit_s,
            static_cast<double>(done_.ended_ns) / 1e9);
}

}  // namespace
}  // namespace invocator
