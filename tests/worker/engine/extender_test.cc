#include "worker/engine/extender.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "common/plan/partition.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

constexpr int64_t kS = 1'000'000'000;
constexpr std::chrono::seconds kDeadline(10);

class ExtenderTest : public testing::Test {
 protected:
  void Start(size_t engines) {
    extender_ = std::make_unique<Extender>(
        plan_, engines,
        [this](size_t engine, std::vector<Schedule::Line> lines) {
          return Add(engine, std::move(lines));
        });
  }

  void Await(size_t calls) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(
        changed_.wait_for(lock, kDeadline, [&] { return calls_ >= calls; }));
  }

  // Every invocation that the engines got, as (sequence, seconds).
  std::vector<std::pair<uint64_t, int64_t>> Got() {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<uint64_t, int64_t>> got;
    Schedule schedule(plan_, {});
    schedule.Add(std::move(lines_));
    while (schedule.NextNs() != Schedule::kNever) {
      const ScheduledInvocation next = schedule.Take(/*hold=*/false);
      got.emplace_back(next.sequence, next.scheduled_ns / kS);
    }
    return got;
  }

  const Plan plan_ = PlanOf({ListInstance("a", {1, 1, 1, 1}, 10)}, 10);
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Schedule::Line> lines_;
  std::multiset<size_t> engines_;
  size_t calls_ = 0;
  std::set<size_t> ended_;  // engines that take nothing
  std::unique_ptr<Extender> extender_;

 private:
  bool Add(size_t engine, std::vector<Schedule::Line> lines) {
    const std::lock_guard lock(mutex_);
    engines_.insert(engine);
    std::move(lines.begin(), lines.end(), std::back_inserter(lines_));
    ++calls_;
    changed_.notify_all();
    return ended_.count(engine) == 0;
  }
};

using Invocations = std::vector<std::pair<uint64_t, int64_t>>;

TEST_F(ExtenderTest, WhatIsAddedBeginsAtItsInstantAndIsDividedAmongEngines) {
  Start(2);
  extender_->Extend(WholeShares(plan_), 2 * kS);
  Await(2);
  EXPECT_EQ(extender_->Finish(), 1u);
  EXPECT_EQ(Got(), Invocations({{1, 2}, {2, 3}, {3, 4}}));
  EXPECT_EQ(engines_, std::multiset<size_t>({0, 1}));
}

TEST_F(ExtenderTest, ASecondExtendIsPlayedAsTheFirst) {
  Start(1);
  extender_->Extend({{0, 0, 2}}, 2 * kS);
  Await(1);
  extender_->Extend({{0, 1, 2}}, 3 * kS);
  extender_->Extend({{0, 1, 2}}, 5 * kS);  // nothing is left of it
  Await(3);
  EXPECT_EQ(extender_->Finish(), 3u);
  EXPECT_EQ(Got(), Invocations({{2, 3}, {3, 4}}));
}

TEST_F(ExtenderTest, WhatOneEngineDidNotTakeWasNotTaken) {
  for (const size_t ended : {0U, 1U}) {
    calls_ = 0;
    ended_ = {ended};
    Start(2);
    extender_->Extend(WholeShares(plan_), 0);
    Await(2);  // the others get theirs all the same
    EXPECT_EQ(extender_->Finish(), 0u) << "engine " << ended;
  }
}

TEST_F(ExtenderTest, WithoutAnythingToDoItHasNothingToFinish) {
  Start(1);
  EXPECT_EQ(extender_->Finish(), 0u);
}

TEST_F(ExtenderTest, AfterTheFinishNothingIsAdded) {
  Start(1);
  extender_->Extend(WholeShares(plan_), 0);
  Await(1);
  EXPECT_EQ(extender_->Finish(), 1u);
  extender_->Extend(WholeShares(plan_), 0);
  extender_.reset();
  EXPECT_EQ(calls_, 1u);
}

}  // namespace
}  // namespace invocator
